package lattice.daemon.internal.descriptor;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import lattice.api.id.ServiceId;
import lattice.registry.process.MemorySize;

/**
 * A {@code *.daemon.json}: the descriptor of a service as a bundle has it, and beside it {@code "daemon": {"command",
 * "arguments", "environment", "inherit", "directory", "user", "limits": {"memory", "files", "processes"}, "readiness",
 * "sandbox": {"network", "read", "write"}, "stopSeconds"}}. What is unknown is wrong: it may have been meant as a restriction.
 */
public final class DescriptorFormat {
    /** The longest descriptor, in bytes. */
    public static final int MAX_BYTES = 256 * 1024;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    private static final Set<String> FIELDS = Set.of("command", "arguments", "environment", "inherit", "directory", "user",
            "limits", "readiness", "sandbox", "stopSeconds");
    private static final int MOST = 256;
    private static final int MAX_TEXT = 4096;
    private static final int STOP_SECONDS = 5;
    private static final int MAX_STOP_SECONDS = 8;
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,31}");
    private static final Pattern PROTOCOL = Pattern.compile("[a-z][a-z0-9+.-]{0,31}");
    private static final int LEAST_FILES = 16;
    private static final int MAX_PORT = 65535;

    private DescriptorFormat() {
    }

    /** @throws WrongDescriptorException with a sentence */
    public static DaemonDescriptor read(byte[] utf8) throws WrongDescriptorException {
        ObjectNode root = object(utf8);
        ServiceId id = id(root);
        if (!(root.remove("daemon") instanceof ObjectNode daemon)) {
            throw new WrongDescriptorException("It has no field 'daemon' with the command to run.");
        }
        only("daemon", daemon, FIELDS);
        // The registry reads these; that they are there at all is said where the file is shown.
        for (String field : List.of("title", "version", "publisher")) {
            text(root, field);
        }
        if (!(root.get("schema") instanceof ObjectNode)) {
            throw new WrongDescriptorException("It has no field 'schema' with a JSON Schema of its config; {\"type\": \"object\"}"
                    + " takes any.");
        }
        return new DaemonDescriptor(id, command(daemon), texts(daemon, "arguments"), environment(daemon), inherit(daemon),
                optional(daemon, "directory").isPresent()
                        ? Optional.of(absolute("daemon.directory", text(daemon, "directory"))) : Optional.empty(),
                user(daemon), limits(daemon), readiness(daemon), sandbox(daemon),
                Duration.ofSeconds(whole(daemon, "stopSeconds", 1, MAX_STOP_SECONDS).orElse(STOP_SECONDS)),
                root.toString());
    }

    private static ObjectNode object(byte[] utf8) throws WrongDescriptorException {
        try {
            if (JSON.readTree(utf8) instanceof ObjectNode object) {
                return object;
            }
            throw new WrongDescriptorException("It is no JSON object.");
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr();
            throw new WrongDescriptorException("It is no JSON" + where + ": "
                    + e.getOriginalMessage().replaceAll("\\s+", " ").replaceAll(" \\(start marker at .*", "") + ".");
        } catch (IOException e) {
            throw new IllegalStateException("Bytes in memory can be read.", e);
        }
    }

    private static ServiceId id(ObjectNode root) throws WrongDescriptorException {
        try {
            return new ServiceId(root.path("id").asText(""));
        } catch (IllegalArgumentException e) {
            throw new WrongDescriptorException("Its field 'id' names no service. " + e.getMessage());
        }
    }

    private static String command(ObjectNode daemon) throws WrongDescriptorException {
        String command = text(daemon, "command");
        if (command.contains("/") && !command.startsWith("/")) {
            throw new WrongDescriptorException("'daemon.command' is an absolute path, or a name that is looked for in PATH; "
                    + "not '" + command + "'.");
        }
        return command;
    }

    private static Map<String, String> environment(ObjectNode daemon) throws WrongDescriptorException {
        Map<String, String> variables = new LinkedHashMap<>();
        JsonNode environment = daemon.get("environment");
        if (environment == null) {
            return variables;
        }
        if (!(environment instanceof ObjectNode object) || object.size() > MOST) {
            throw new WrongDescriptorException("'daemon.environment' is an object of at most " + MOST + " strings.");
        }
        for (Iterator<String> names = object.fieldNames(); names.hasNext();) {
            String name = names.next();
            variables.put(variable("daemon.environment", name), text(object.get(name), name, true));
        }
        return variables;
    }

    private static List<String> inherit(ObjectNode daemon) throws WrongDescriptorException {
        List<String> names = texts(daemon, "inherit");
        for (String name : names) {
            variable("daemon.inherit", name);
        }
        return names;
    }

    private static String variable(String field, String name) throws WrongDescriptorException {
        if (!VARIABLE.matcher(name).matches()) {
            throw new WrongDescriptorException("'" + field + "' has '" + name + "', which is no name of a variable.");
        }
        if (name.startsWith("LATTICE_") || name.startsWith("LD_")) {
            throw new WrongDescriptorException("'" + field + "' has " + name + "; what begins with LATTICE_ is the node's to "
                    + "say, and what begins with LD_ would change programs that the node runs before the daemon.");
        }
        return name;
    }

    private static Optional<String> user(ObjectNode daemon) throws WrongDescriptorException {
        Optional<String> user = optional(daemon, "user");
        if (user.isPresent() && !USER.matcher(user.get()).matches()) {
            throw new WrongDescriptorException("'daemon.user' is '" + user.get() + "', which is no name of a user.");
        }
        return user;
    }

    private static ResourceLimits limits(ObjectNode daemon) throws WrongDescriptorException {
        JsonNode limits = daemon.get("limits");
        if (limits == null) {
            return ResourceLimits.NONE;
        }
        if (!(limits instanceof ObjectNode object)) {
            throw new WrongDescriptorException("'daemon.limits' is an object with memory, files or processes.");
        }
        only("daemon.limits", object, Set.of("memory", "files", "processes"));
        return new ResourceLimits(memory(object), whole(object, "files", LEAST_FILES, 1 << 20),
                whole(object, "processes", 1, 1 << 16));
    }

    private static OptionalLong memory(ObjectNode limits) throws WrongDescriptorException {
        JsonNode memory = limits.get("memory");
        if (memory == null) {
            return OptionalLong.empty();
        }
        if (memory.isTextual() || memory.isIntegralNumber()) {
            try {
                return OptionalLong.of(MemorySize.of(memory.asText()).bytes());
            } catch (IllegalArgumentException e) {
                throw new WrongDescriptorException("'daemon.limits.memory' is " + memory + ". " + e.getMessage());
            }
        }
        throw new WrongDescriptorException("'daemon.limits.memory' is a number of bytes or a size such as \"256M\"; not "
                + memory + ".");
    }

    private static Readiness readiness(ObjectNode daemon) throws WrongDescriptorException {
        if (daemon.get("readiness") instanceof ObjectNode readiness) {
            if (readiness.has("line")) {
                only("daemon.readiness", readiness, Set.of("line"));
                return new Readiness.Line(text(readiness, "line"));
            }
            if (readiness.has("port")) {
                return port(readiness);
            }
            if (readiness.path("call").asBoolean(false)) {
                only("daemon.readiness", readiness, Set.of("call"));
                return new Readiness.Call();
            }
        }
        throw new WrongDescriptorException("'daemon.readiness' says how the daemon tells that it is ready: {\"line\": \"ready\"}"
                + ", {\"port\": \"/port\"} or {\"call\": true}.");
    }

    private static Readiness port(ObjectNode readiness) throws WrongDescriptorException {
        only("daemon.readiness", readiness, Set.of("port", "host", "protocol"));
        JsonNode port = readiness.get("port");
        boolean number = port.isInt() && port.intValue() >= 1 && port.intValue() <= MAX_PORT;
        if (!number && !(port.isTextual() && isPointer(port.textValue()))) {
            throw new WrongDescriptorException("'daemon.readiness.port' is a port, or where in the config it is, such as "
                    + "\"/port\"; not " + port + ".");
        }
        String host = optional(readiness, "host").orElse("127.0.0.1");
        String protocol = optional(readiness, "protocol").orElse("tcp");
        if (!PROTOCOL.matcher(protocol).matches()) {
            throw new WrongDescriptorException("'daemon.readiness.protocol' is a word such as http; not '" + protocol + "'.");
        }
        return new Readiness.Port(protocol, host, port.asText());
    }

    private static boolean isPointer(String text) {
        try {
            return text.startsWith("/") && JsonPointer.compile(text) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<Sandbox> sandbox(ObjectNode daemon) throws WrongDescriptorException {
        JsonNode sandbox = daemon.get("sandbox");
        if (sandbox == null) {
            return Optional.empty();
        }
        if (!(sandbox instanceof ObjectNode object)) {
            throw new WrongDescriptorException("'daemon.sandbox' is an object; {} for one without network.");
        }
        only("daemon.sandbox", object, Set.of("network", "read", "write"));
        JsonNode network = object.get("network");
        if (network != null && !network.isBoolean()) {
            throw new WrongDescriptorException("'daemon.sandbox.network' is true or false; not " + network + ".");
        }
        return Optional.of(new Sandbox(network != null && network.booleanValue(), paths(object, "read"),
                paths(object, "write")));
    }

    private static List<Path> paths(ObjectNode sandbox, String field) throws WrongDescriptorException {
        List<Path> paths = new ArrayList<>();
        for (String text : texts(sandbox, field)) {
            paths.add(absolute("daemon.sandbox." + field, text));
        }
        return paths;
    }

    private static Path absolute(String field, String text) throws WrongDescriptorException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            throw new WrongDescriptorException("'" + field + "' has '" + text + "', which is no path: " + e.getReason() + ".");
        }
        throw new WrongDescriptorException("'" + field + "' has '" + text + "', which is no absolute path.");
    }

    private static OptionalLong whole(ObjectNode object, String field, long least, long most)
            throws WrongDescriptorException {
        JsonNode number = object.get(field);
        if (number == null) {
            return OptionalLong.empty();
        }
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < least
                || number.longValue() > most) {
            throw new WrongDescriptorException("'" + field + "' is a whole number from " + least + " to " + most + "; not "
                    + number + ".");
        }
        return OptionalLong.of(number.longValue());
    }

    private static Optional<String> optional(ObjectNode object, String field) throws WrongDescriptorException {
        return object.has(field) ? Optional.of(text(object, field)) : Optional.empty();
    }

    private static String text(ObjectNode object, String field) throws WrongDescriptorException {
        return text(object.get(field), field, false);
    }

    private static List<String> texts(ObjectNode object, String field) throws WrongDescriptorException {
        JsonNode list = object.get(field);
        List<String> texts = new ArrayList<>();
        if (list == null) {
            return texts;
        }
        if (!list.isArray() || list.size() > MOST) {
            throw new WrongDescriptorException("'" + field + "' is a list of at most " + MOST + " strings.");
        }
        for (JsonNode element : list) {
            texts.add(text(element, field, true));
        }
        return texts;
    }

    private static String text(JsonNode node, String field, boolean mayBeEmpty) throws WrongDescriptorException {
        if (node == null || !node.isTextual() || node.textValue().length() > MAX_TEXT || node.textValue().indexOf('\0') >= 0) {
            throw new WrongDescriptorException("'" + field + "' " + (node == null ? "is missing"
                    : "has something that is no string of at most " + MAX_TEXT + " characters") + ".");
        }
        if (node.textValue().isEmpty() && !mayBeEmpty) {
            throw new WrongDescriptorException("'" + field + "' is empty.");
        }
        return node.textValue();
    }

    private static void only(String where, ObjectNode object, Set<String> known) throws WrongDescriptorException {
        for (Iterator<String> names = object.fieldNames(); names.hasNext();) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new WrongDescriptorException("'" + where + "' has a field '" + name + "', which is not known; known are "
                        + String.join(", ", known.stream().sorted().toList()) + ".");
            }
        }
    }
}
