package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The two tools that tests of calls over the wire offer: {@code get_weather} and {@code now}. */
final class WeatherTools {
    private WeatherTools() {}

    /**
     * Whether a call fits its tool's schema.
     *
     * @param call as {@code name arguments}
     */
    static void checkCall(String call) {
        int space = call.indexOf(' ');
        JsonNode arguments = JsonMapper.shared().readTree(call.substring(space + 1));
        if (call.substring(0, space).equals("now")) {
            assertThat(arguments.isObject() && arguments.isEmpty()).as(call).isTrue();
            return;
        }
        assertThat(call).startsWith("get_weather ");
        assertThat(arguments.propertyNames()).containsExactlyInAnyOrder("city", "days");
        String city = arguments.get("city").stringValue();
        assertThat(city.codePointCount(0, city.length())).isLessThanOrEqualTo(12);
        assertThat(arguments.get("days").intValue()).isBetween(1, 9);
    }
}
