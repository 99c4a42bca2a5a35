package tramontane.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

/** How somebody uses the page: with a mouse, or with the keyboard alone. */
enum Hands {
    MOUSE {
        @Override
        void press(Tab tab, Locator control) {
            control.click();
        }

        @Override
        void write(Tab tab, Locator field, String text) {
            field.click();
            replace(tab.page, text);
        }

        @Override
        void choose(Tab tab, Locator select, String value) {
            select.selectOption(value);
        }

        @Override
        void go(Tab tab, String name) {
            tab.tab(name).click();
        }

        @Override
        void submit(Tab tab) {
            tab.button("Send").click();
        }

        @Override
        void pick(Tab tab, int token) {
            tab.page.locator(".token").nth(token).click();
        }

        @Override
        void chooseEvent(Tab tab, int row) {
            tab.page.locator("#event-" + row).click();
        }
    },

    KEYBOARD {
        @Override
        void press(Tab tab, Locator control) {
            reach(tab.page, control);
            boolean box = "checkbox".equals(control.getAttribute("type"));
            tab.page.keyboard().press(box ? "Space" : "Enter");
        }

        @Override
        void write(Tab tab, Locator field, String text) {
            reach(tab.page, field);
            replace(tab.page, text);
        }

        @Override
        void choose(Tab tab, Locator select, String value) {
            reach(tab.page, select);
            int options = select.locator("option").count();
            for (int i = 0; i < options && !select.inputValue().equals(value); i++) {
                tab.page.keyboard().press("ArrowDown");
            }
            for (int i = 0; i < options && !select.inputValue().equals(value); i++) {
                tab.page.keyboard().press("ArrowUp");
            }
            assertThat(select.inputValue()).isEqualTo(value);
        }

        @Override
        void go(Tab tab, String name) {
            Locator wanted = tab.tab(name);
            Locator list = wanted.locator("..");
            reach(tab.page, list.locator("[aria-selected=true]"));
            int tabs = list.getByRole(AriaRole.TAB).count();
            for (int i = 0; i < tabs && !"true".equals(wanted.getAttribute("aria-selected")); i++) {
                tab.page.keyboard().press("ArrowRight");
            }
            assertThat(wanted.getAttribute("aria-selected")).isEqualTo("true");
        }

        @Override
        void submit(Tab tab) {
            reach(tab.page, tab.message());
            tab.page.keyboard().press("Enter");
        }

        @Override
        void pick(Tab tab, int token) {
            reach(tab.page, tab.page.locator(".token[tabindex='0']"));
            for (int i = 0; i < token; i++) {
                tab.page.keyboard().press("ArrowRight");
            }
        }

        @Override
        void chooseEvent(Tab tab, int row) {
            reach(tab.page, tab.page.locator(".events"));
            tab.page.keyboard().press("Home");
            for (int i = 0; i < row; i++) {
                tab.page.keyboard().press("ArrowDown");
            }
        }
    };

    private static final int MOST_STOPS = 400;

    /** Presses a button, or turns a checkbox. */
    abstract void press(Tab tab, Locator control);

    /** Writes into a field in the place of what is there. */
    abstract void write(Tab tab, Locator field, String text);

    abstract void choose(Tab tab, Locator select, String value);

    /** Shows the page or panel of this name. */
    abstract void go(Tab tab, String name);

    abstract void submit(Tab tab);

    /** Chooses a token of the token view. */
    abstract void pick(Tab tab, int token);

    /** Chooses an event of the stream, to see it whole. */
    abstract void chooseEvent(Tab tab, int row);

    private static void replace(Page page, String text) {
        page.keyboard().press("ControlOrMeta+A");
        page.keyboard().press("Delete");
        if (!text.isEmpty()) {
            page.keyboard().insertText(text);
        }
    }

    /** Moves the focus to a control with the Tab key alone. */
    private static void reach(Page page, Locator control) {
        control.waitFor();
        for (int stop = 0; stop < MOST_STOPS; stop++) {
            if (isFocused(control)) {
                return;
            }
            page.keyboard().press("Tab");
        }
        throw new AssertionError("the Tab key does not lead to " + control);
    }

    private static boolean isFocused(Locator control) {
        return (Boolean)
                control.evaluate(
                        "(element) => { let at = document.activeElement;"
                                + " while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;"
                                + " return at === element; }");
    }
}
