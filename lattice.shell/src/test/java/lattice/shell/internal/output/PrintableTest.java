package lattice.shell.internal.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void showsWhatATerminalWouldObey() {
        assertThat(Printable.line("a\u001b[31mb\u0007\r\n\t\u009b1m")).isEqualTo("a\\x1b[31mb\\x07\\r\\n\\t\\x9b1m");
        assertThat(Printable.line("\u202eevil\u2066 \ufeff\ud800")).isEqualTo("\\u202eevil\\u2066 \\ufeff\\ud800");
        assertThat(Printable.line("\udb40\udc41")).isEqualTo("\\U000e0041");
    }

    @Test
    void leavesReadableTextAlone() {
        String text = "Grüße, 日本語, \ud83d\udc69\u200d\ud83d\udc67, e\u0301";
        assertThat(Printable.line(text)).isSameAs(text);
        assertThat(Printable.lines("a\n\tb\u0007")).isEqualTo("a\n\tb\\x07");
    }

    @Test
    void showsBytesThatAreNoText() {
        assertThat(Printable.bytes(new byte[] {'a', (byte) 0xff, 0, '\n'})).isEqualTo("a\\xff\\x00\\x0a");
        assertThat(Printable.bytes("ä\n".getBytes(StandardCharsets.UTF_8))).isEqualTo("ä\n");
    }

    @Property
    void noControlCharacterGetsThrough(@ForAll String text) {
        assertThat(Printable.line(text).chars()).noneMatch(c -> Character.isISOControl(c));
        assertThat(Printable.lines(text).chars()).noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t');
        assertThat(Printable.line(text).codePoints()).noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }
}
