package lattice.service.irc.internal.session;

import java.util.ArrayList;
import java.util.List;
import lattice.service.irc.internal.protocol.Message;

/** Changes of modes as they are written: {@code MODE #lattice +tk-m secret}. */
public final class ModeLine {
    private final StringBuilder letters = new StringBuilder();
    private final List<String> params = new ArrayList<>();
    private boolean adding;

    /** Adds a change; an empty parameter is left out. */
    public ModeLine add(boolean on, char letter, String param) {
        if (letters.length() == 0 || adding != on) {
            letters.append(on ? '+' : '-');
            adding = on;
        }
        letters.append(letter);
        if (!param.isEmpty()) {
            params.add(param);
        }
        return this;
    }

    public boolean isEmpty() {
        return letters.length() == 0;
    }

    /** The message that tells it. */
    public Message message(String source, String target) {
        List<String> all = new ArrayList<>(List.of(target, letters.toString()));
        all.addAll(params);
        return Message.of(source, "MODE", all.toArray(String[]::new));
    }
}
