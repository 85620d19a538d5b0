package lattice.registry.internal.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.AnnotationKeyword;
import com.networknt.schema.ApplyDefaultsStrategy;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.SpecVersionDetector;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.resource.DisallowSchemaLoader;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Checks JSON by a JSON Schema of the version that it names, 2020-12 if it names none. It never fetches anything: a
 * reference to a schema elsewhere is an error. This class is apart from {@link ConfigSchema} so that the library is
 * loaded only when a config is checked for the first time.
 */
final class SchemaValidator {
    private final JsonSchema schema;

    /** A schema that can't be used; the message is one sentence. */
    static final class SchemaException extends Exception {
        private static final long serialVersionUID = 1L;

        SchemaException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    SchemaValidator(ObjectNode schema) throws SchemaException {
        try {
            VersionFlag version = schema.has("$schema") ? SpecVersionDetector.detect(schema) : VersionFlag.V202012;
            JsonMetaSchema standard = JsonSchemaFactory.checkVersion(version).getInstance();
            JsonMetaSchema withMark = JsonMetaSchema.builder(standard).keyword(new AnnotationKeyword("sensitive"))
                    .build();
            JsonSchemaFactory factory = JsonSchemaFactory.getInstance(version, builder -> builder.metaSchema(withMark)
                    .schemaLoaders(loaders -> loaders.values(List::clear).add(DisallowSchemaLoader.getInstance())));
            this.schema = factory.getSchema(schema, SchemaValidatorsConfig.builder()
                    .applyDefaultsStrategy(new ApplyDefaultsStrategy(true, true, true))
                    .formatAssertionsEnabled(true)
                    .pathType(PathType.JSON_POINTER)
                    .locale(Locale.ENGLISH)
                    .build());
            this.schema.initializeValidators();
        } catch (JsonSchemaException e) {
            throw new SchemaException("The config schema of the provider is wrong: " + oneLine(e), e);
        }
    }

    /**
     * Adds the defaults to {@code config} and checks it.
     *
     * @return what is wrong: the first few fields, in order
     */
    Optional<String> fillInAndCheck(ObjectNode config) throws SchemaException {
        Set<ValidationMessage> messages;
        try {
            schema.walk(config, false);
            messages = schema.validate(config);
        } catch (JsonSchemaException e) {
            throw new SchemaException("The config schema of the provider is wrong: " + oneLine(e), e);
        }
        return messages.stream().min(Comparator.comparing((ValidationMessage m) -> m.getInstanceLocation().toString())
                .thenComparing(ValidationMessage::getMessage)).map(first -> inWords(first, messages.size()));
    }

    private static String inWords(ValidationMessage message, int count) {
        String place = message.getInstanceLocation().toString();
        JsonNode value = message.getInstanceNode();
        String shown = value == null || value.isContainerNode() ? "" : " (" + shortened(value.toString()) + ")";
        String text = message.getMessage().startsWith(place + ":")
                ? message.getMessage().substring(place.length() + 1).strip() : message.getMessage();
        return "Config " + (place.isEmpty() || place.equals("/") ? "" : "field " + place) + shown + ": "
                + shortened(text.replaceAll("\\s+", " ")) + (count > 1 ? ", and " + (count - 1) + " more." : ".");
    }

    private static String shortened(String text) {
        return text.length() <= 160 ? text : text.substring(0, 160) + "...";
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
}
