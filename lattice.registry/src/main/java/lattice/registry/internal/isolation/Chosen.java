package lattice.registry.internal.isolation;

import java.util.Optional;
import lattice.registry.internal.declaration.Isolation;

/**
 * Where a service is to run, and by whose word.
 *
 * @param declared what its declaration asks for; empty if it is not declared, or can't be read
 * @param owner what the owner of this node asks for
 * @param external whether it is a process by its nature, whatever anybody asks for
 */
public record Chosen(Optional<Isolation> declared, Isolation owner, boolean external) {
    /** What counts: the one of the two that isolates more. */
    public Isolation isolation() {
        return external ? Isolation.PROCESS : declared.orElse(Isolation.NODE).atLeast(owner);
    }

    /** Why that counts, in a sentence. */
    public String why() {
        if (external) {
            return "It is a daemon, which is a process of its own by its descriptor.";
        }
        boolean byDeclaration = declared.filter(Isolation.PROCESS::equals).isPresent();
        boolean byOwner = owner == Isolation.PROCESS;
        if (byDeclaration && byOwner) {
            return "Its declaration and the owner of this node both ask for a process of its own.";
        }
        if (byDeclaration) {
            return "Its declaration asks for a process of its own; an owner can ask for more isolation, never for less.";
        }
        return byOwner ? "The owner of this node asks for a process of its own, whatever is declared."
                : "Nobody asks for a process of its own: neither " + (declared.isPresent() ? "its" : "a")
                        + " declaration nor the owner of this node.";
    }
}
