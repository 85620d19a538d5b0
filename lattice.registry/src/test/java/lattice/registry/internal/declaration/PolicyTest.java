package lattice.registry.internal.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import lattice.registry.internal.Json.FormatException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class PolicyTest {
    @Property
    void taggedNodesMeansNodesThatShareATag(
            @ForAll @Size(min = 1, max = 4) Set<@NotEmpty @Chars({ 'a', 'b',
            'c' }) @StringLength(max = 1) String> wanted,
            @ForAll @Size(max = 4) Set<@NotEmpty @Chars({ 'a', 'b', 'c' }) @StringLength(max = 1) String> has)
            throws FormatException {
        Policy policy = new Policy.TaggedNodes(new TreeSet<>(wanted));
        Set<String> shared = new HashSet<>(wanted);
        shared.retainAll(has);
        assertThat(policy.means(has)).isEqualTo(!shared.isEmpty());
        assertThat(new Policy.Global().means(has)).isTrue();
        assertThat(PolicyFormat.read(PolicyFormat.write(policy))).isEqualTo(policy);
    }
}
