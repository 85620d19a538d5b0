package lattice.consent.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;

/** All consents at one moment; immutable. */
final class ConsentTable {
    private final SortedMap<Subject, ConsentEntry> entries;
    private final List<String> problems;
    private final Optional<String> unavailable;

    private ConsentTable(SortedMap<Subject, ConsentEntry> entries, List<String> problems,
            Optional<String> unavailable) {
        this.entries = Collections.unmodifiableSortedMap(entries);
        this.problems = List.copyOf(problems);
        this.unavailable = unavailable;
    }

    /** Nothing can be read, so every answer is no. */
    static ConsentTable unavailable(String problem) {
        return new ConsentTable(new TreeMap<>(), List.of(problem), Optional.of(problem));
    }

    /**
     * Reads configurations.
     *
     * @param configurations PIDs to properties; the properties are null where they could not be had
     */
    static ConsentTable read(Map<String, Dictionary<String, Object>> configurations) {
        SortedMap<Subject, ConsentEntry> entries = new TreeMap<>();
        Map<Subject, String> pids = new HashMap<>();
        List<String> problems = new ArrayList<>();
        new TreeMap<>(configurations).forEach((pid, properties) -> {
            Subject subject;
            try {
                if (properties == null) {
                    throw new ConsentFormat.UnreadableException("it has no properties.");
                }
                subject = ConsentFormat.subject(properties);
            } catch (ConsentFormat.UnreadableException e) {
                problems.add("Configuration " + pid + " is no consent: " + e.getMessage());
                return;
            }
            ConsentEntry entry;
            String earlier = pids.put(subject, pid);
            if (earlier != null) {
                entry = unreadable("there are two, " + earlier + " and " + pid + ".", subject, problems);
            } else {
                entry = entry(pid, properties, subject, problems);
            }
            entries.put(subject, entry);
        });
        return new ConsentTable(entries, problems, Optional.empty());
    }

    private static ConsentEntry entry(String pid, Dictionary<String, Object> properties, Subject subject,
            List<String> problems) {
        try {
            return new ConsentEntry.Given(ConsentFormat.read(properties));
        } catch (ConsentFormat.UnreadableException e) {
            return unreadable("configuration " + pid + ": " + e.getMessage(), subject, problems);
        }
    }

    private static ConsentEntry unreadable(String problem, Subject subject, List<String> problems) {
        problems.add("The consent to " + subject + " counts as no: " + problem);
        return new ConsentEntry.Unreadable(problem);
    }

    ConsentEntry entry(Subject subject) {
        if (unavailable.isPresent()) {
            return new ConsentEntry.Unreadable(unavailable.get());
        }
        return entries.getOrDefault(subject, new ConsentEntry.Missing());
    }

    SortedMap<Subject, ConsentEntry> entries() {
        return entries;
    }

    List<Consent> consents() {
        return entries.values().stream().filter(ConsentEntry.Given.class::isInstance)
                .map(entry -> ((ConsentEntry.Given) entry).consent()).toList();
    }

    List<String> problems() {
        return problems;
    }
}
