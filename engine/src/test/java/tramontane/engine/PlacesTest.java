package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.engine.Places.Place;

/** The index finds what a search through all places finds. */
class PlacesTest {
    @Test
    void itFindsTheLongestMatchAndOfSeveralTheNearest() {
        Random random = new Random(1);
        for (int vocabulary : new int[] {2, 5, 40}) {
            // Fewer places than are looked at, also where few tokens make many of them.
            int[] tokens = random.ints(vocabulary == 2 ? 250 : 1500, 0, vocabulary).toArray();
            Places places = new Places();
            for (int length = 1; length <= tokens.length; length++) {
                places.grow(tokens, length - 1);
                int near = random.nextInt(length + 1);
                Place found = places.find(tokens, tokens, length, near);
                assertThat(distance(found, near))
                        .as("%d tokens of %d", length, vocabulary)
                        .isEqualTo(distance(searched(tokens, length, near), near));
            }
        }
    }

    @Test
    void aListWithoutAnythingInCommonHasNone() {
        Places places = new Places();
        int[] tokens = {1, 2, 3, 4, 5, 6};
        assertThat(places.find(tokens, tokens, 6, 0)).isEqualTo(Place.NONE);
        places.grow(tokens, 6);
        assertThat(places.find(tokens, new int[] {3, 2, 1}, 3, 0)).isEqualTo(Place.NONE);
        assertThat(places.find(tokens, new int[] {2, 3}, 2, 0)).isEqualTo(Place.NONE);
    }

    /** A text that repeats has a place everywhere; one search must not go through all of them. */
    @Test
    void oneSearchLooksAtABoundedNumberOfPlaces() {
        int[] tokens = new int[200_000];
        Arrays.setAll(tokens, at -> at % 3 == 0 ? 7 : 8 + at % 3);
        Places places = new Places();
        long began = System.nanoTime();
        for (int length = 100_000; length < tokens.length; length++) {
            places.grow(tokens, length - 1);
            assertThat(places.find(tokens, tokens, length, length).agreeing())
                    .isEqualTo(Places.MOST);
        }
        // A search through all would take minutes.
        assertThat(System.nanoTime() - began).isLessThan(20_000_000_000L);
    }

    private static int[] distance(Place place, int near) {
        return new int[] {place.agreeing(), place.exists() ? Math.abs(place.at() - near) : 0};
    }

    private static Place searched(int[] tokens, int length, int near) {
        Place best = Place.NONE;
        for (int at = length - 1; at >= Places.LEAST; at--) {
            int agreeing = 0;
            while (agreeing < Math.min(Places.MOST, at)
                    && tokens[at - 1 - agreeing] == tokens[length - 1 - agreeing]) {
                agreeing++;
            }
            if (agreeing >= Places.LEAST
                    && (agreeing > best.agreeing()
                            || agreeing == best.agreeing()
                                    && Math.abs(at - near) < Math.abs(best.at() - near))) {
                best = new Place(at, agreeing);
            }
        }
        return best;
    }
}
