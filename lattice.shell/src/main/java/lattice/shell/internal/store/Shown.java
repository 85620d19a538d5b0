package lattice.shell.internal.store;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Version;
import lattice.shell.Details;
import lattice.shell.internal.output.Printable;

/** How values and versions are shown. */
final class Shown {
    private static final int EXCERPT = 200;

    private Shown() {
    }

    /** A value in a cell: the beginning of its text, or how many bytes it has. */
    static String excerpt(byte[] value) {
        return Printable.text(value)
                .map(text -> text.length() <= EXCERPT ? text
                        : text.substring(0, text.offsetByCodePoints(0, Math.min(EXCERPT, text.codePointCount(0, text.length()))))
                                + "...")
                .orElse("(" + value.length + " bytes)");
    }

    /** The fields of a value: {@code value} if it is text, else {@code base64}. */
    static List<Object> fields(byte[] value) {
        Optional<String> text = Printable.text(value);
        return text.isPresent() ? List.of("value", text.get())
                : List.of("base64", Base64.getEncoder().encodeToString(value));
    }

    /** Names and cells that begin with these and go on with the version of a write. */
    static Details with(List<Object> first, Version version, Optional<ServiceId> service) {
        List<Object> fields = new ArrayList<>(first);
        fields.addAll(List.of("time", version.time().instant(), "author", version.author().node().hex()));
        fields.add("service");
        fields.add(service.map(ServiceId::name).orElse(null));
        return Details.of(fields.toArray());
    }
}
