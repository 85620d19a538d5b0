package lattice.registry.internal.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import lattice.registry.internal.declaration.Isolation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChosenTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "node    | node    | false | node    | neither its declaration nor the owner",
        "        | node    | false | node    | neither a declaration nor the owner",
        "process | node    | false | process | an owner can ask for more isolation, never for less",
        "node    | process | false | process | whatever is declared",
        "        | process | false | process | The owner of this node asks",
        "process | process | false | process | both ask",
        "node    | node    | true  | process | It is a daemon"
    })
    void theOneThatIsolatesMoreCounts(String declared, String owner, boolean external, String counts, String why) {
        Chosen chosen = new Chosen(Optional.ofNullable(declared).flatMap(Isolation::of), Isolation.of(owner).orElseThrow(),
                external);
        assertThat(chosen.isolation().word()).isEqualTo(counts);
        assertThat(chosen.why()).contains(why).endsWith(".");
    }
}
