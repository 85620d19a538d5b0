package lattice.registry.internal.declaration;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import lattice.registry.internal.Json;

/**
 * Fields of a config that the owner of this node set, in place of what is declared; the rest follows the declaration.
 *
 * @param patch a JSON Merge Patch (RFC 7396); not to be modified
 */
public record ConfigOverride(ObjectNode patch) {
    /** Everything as it is declared. */
    public static final ConfigOverride NONE = new ConfigOverride(Json.newObject());

    public boolean isEmpty() {
        return patch.isEmpty();
    }

    /** A declared config with the owner's fields in it. */
    public ObjectNode over(ObjectNode declared) {
        return patch.isEmpty() ? declared : merged(declared.deepCopy(), patch);
    }

    private static ObjectNode merged(ObjectNode target, ObjectNode patch) {
        for (String name : names(patch)) {
            JsonNode value = patch.get(name);
            if (value.isNull()) {
                target.remove(name);
            } else if (value instanceof ObjectNode object) {
                target.set(name, merged(target.get(name) instanceof ObjectNode before ? before : Json.newObject(),
                        object));
            } else {
                target.set(name, value.deepCopy());
            }
        }
        return target;
    }

    /**
     * Whether a field is the owner's alone, whatever is declared. Of an object that is set in parts this can't be said.
     *
     * @param pointer a JSON Pointer (RFC 6901)
     */
    public boolean decides(String pointer) {
        JsonNode at = patch;
        for (JsonPointer left = JsonPointer.compile(pointer); !left.matches(); left = left.tail()) {
            at = at.get(left.getMatchingProperty());
            if (at == null) {
                return false;
            }
            if (!at.isObject()) {
                return true;
            }
        }
        return false;
    }

    private static List<String> names(ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
