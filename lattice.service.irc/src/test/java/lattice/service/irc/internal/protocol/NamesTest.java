package lattice.service.irc.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class NamesTest {
    @Example
    void caseIsThatOfRfc1459() {
        assertThat(CaseMapping.fold("ABCXYZ[]\\~abc{}|^@`_0é"))
                .isEqualTo("abcxyz{}|^abc{}|^@`_0é");
        assertThat(CaseMapping.same("Nick[~]", "nICK{^}")).isTrue();
        assertThat(CaseMapping.same("É", "é")).isFalse();
    }

    @Property
    void foldingTwiceIsFoldingOnce(@ForAll String name) {
        String folded = CaseMapping.fold(name);
        assertThat(CaseMapping.fold(folded)).isEqualTo(folded).hasSameSizeAs(name);
    }

    @Example
    void nicknames() {
        assertThat(List.of("a", "[lattice]", "x-1", "_`^{|}", "a".repeat(30))).allMatch(Names::isNick);
        assertThat(List.of("", "1a", "-a", "a b", "a!b", "a@b", "#a", "é", "a.b", "~a", "a\n", "a".repeat(31)))
                .noneMatch(Names::isNick);
    }

    @Example
    void channels() {
        assertThat(List.of("#", "#a/b", "#é☃", "##", "#a%2Fb", "#..", "#a!b@c")).allMatch(Names::isChannel);
        assertThat(List.of("", "a", "&a", "#a b", "#a,b", "#a:b", "#a\u0007", "#a\n", "#" + "é".repeat(32)))
                .noneMatch(Names::isChannel);
    }

    @Example
    void usersCanNotPassForMore() {
        assertThat(Names.user("a!b@c d:*?é")).isEqualTo("~abcd");
        assertThat(Names.user("@@")).isEqualTo("~user");
        assertThat(Names.user("x".repeat(99))).hasSize(Names.MAX_USER);
    }

    @Example
    void masksAreCompleted() {
        assertThat(Mask.complete("joe")).isEqualTo("joe!*@*");
        assertThat(Mask.complete("joe!u")).isEqualTo("joe!u@*");
        assertThat(Mask.complete("u@h")).isEqualTo("*!u@h");
        assertThat(Mask.complete("n!u@h")).isEqualTo("n!u@h");
    }

    @Property
    void masksMatchAsTheirRegularExpressionDoes(@ForAll("masks") String mask, @ForAll("texts") String text) {
        StringBuilder expression = new StringBuilder();
        for (char c : mask.toCharArray()) {
            expression.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        assertThat(Mask.matches(mask, text)).isEqualTo(text.matches(expression.toString()));
    }

    @Provide
    Arbitrary<String> masks() {
        return Arbitraries.strings().withChars("ab*?!").ofMaxLength(10);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab!").ofMaxLength(12);
    }
}
