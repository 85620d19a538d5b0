package lattice.shell.internal.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Table;

/** Answers with one JSON document, and with a line of JSON for each event. */
public final class JsonOutput implements Output, AutoCloseable {
    private static final JsonFactory JSON = new JsonFactory();

    private final Sink out;
    private final boolean indented;
    private final List<Object> documents = new ArrayList<>();

    public JsonOutput(PrintStream out, Screen screen) {
        this.out = new Sink(out, false);
        this.indented = screen.terminal();
    }

    @Override
    public void table(Table table) {
        documents.add(table);
    }

    @Override
    public void details(Details details) {
        documents.add(details);
    }

    @Override
    public void line(String text) {
        // Said to a person.
    }

    @Override
    public void event(String text, Details fields) {
        out.text(write(fields, false) + "\n");
    }

    @Override
    public void raw(byte[] bytes) {
        documents.add(Printable.bytes(bytes));
    }

    @Override
    public void raw(byte[] bytes, Details fields) {
        details(fields);
    }

    /** Prints what was shown. */
    @Override
    public void close() {
        if (!documents.isEmpty()) {
            out.text(write(documents.size() == 1 ? documents.get(0) : documents, indented) + "\n");
        }
    }

    private static String write(Object document, boolean indented) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            if (indented) {
                json.setPrettyPrinter(new DefaultPrettyPrinter().withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE));
            }
            write(json, document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Printable.json(text.toString());
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Table table) {
            json.writeStartArray();
            for (List<Object> row : table.rows()) {
                json.writeStartObject();
                for (int i = 0; i < row.size(); i++) {
                    json.writeFieldName(table.columns().get(i));
                    write(json, row.get(i));
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        } else if (value instanceof Details details) {
            json.writeStartObject();
            for (Map.Entry<String, Object> field : details.fields().entrySet()) {
                json.writeFieldName(field.getKey());
                write(json, field.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object item : list) {
                write(json, item);
            }
            json.writeEndArray();
        } else if (value instanceof Styled styled) {
            json.writeString(styled.text());
        } else if (value instanceof Boolean yes) {
            json.writeBoolean(yes);
        } else if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            json.writeNumber(number.toString());
        } else if (value instanceof Instant time) {
            json.writeString(time.toString());
        } else {
            json.writeString(value.toString());
        }
    }
}
