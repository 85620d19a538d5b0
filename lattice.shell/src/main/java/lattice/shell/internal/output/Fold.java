package lattice.shell.internal.output;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Lays text out in columns of a terminal, where a character takes none, one or two of them. */
final class Fold {
    private Fold() {
    }

    /** Breaks a line into lines of at most {@code width} columns: after a space or a separator, else anywhere. */
    static List<AttributedString> fold(AttributedString line, int width) {
        if (width <= 0 || line.columnLength() <= width) {
            return List.of(line);
        }
        List<AttributedString> lines = new ArrayList<>();
        int start = 0;
        while (start < line.length()) {
            int end = start;
            int columns = 0;
            int breakAt = -1;
            while (end < line.length()) {
                int c = line.codePointAt(end);
                int next = end + Character.charCount(c);
                int wide = line.subSequence(end, next).columnLength();
                if (columns + wide > width && end > start) {
                    if (c == ' ') {
                        breakAt = end;
                    }
                    break;
                }
                columns += wide;
                end = next;
                if (isBreak(c)) {
                    breakAt = end;
                }
            }
            if (end == line.length()) {
                lines.add(line.subSequence(start, end));
                break;
            }
            int cut = breakAt > start ? breakAt : end;
            lines.add(trimmed(line, start, cut));
            start = cut;
            while (start < line.length() && line.charAt(start) == ' ') {
                start++;
            }
        }
        return lines;
    }

    /** The columns that a line needs to be broken only where it reads well. */
    static int longestWord(AttributedString line) {
        int longest = 0;
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            if (isBreak(line.charAt(i))) {
                longest = Math.max(longest, line.subSequence(start, line.charAt(i) == ' ' ? i : i + 1).columnLength());
                start = i + 1;
            }
        }
        return Math.max(longest, line.subSequence(start, line.length()).columnLength());
    }

    private static boolean isBreak(int c) {
        return c == ' ' || c == ',' || c == '/' || c == ';';
    }

    /** A line padded with spaces to a width. */
    static void pad(AttributedStringBuilder row, AttributedString cell, int width, boolean right) {
        String blanks = " ".repeat(Math.max(0, width - cell.columnLength()));
        if (right) {
            row.append(blanks).append(cell);
        } else {
            row.append(cell).append(blanks);
        }
    }

    /** A line without the spaces at its end. */
    static AttributedString trimmed(AttributedString line, int start, int end) {
        int last = end;
        while (last > start && line.charAt(last - 1) == ' ') {
            last--;
        }
        return line.subSequence(start, last);
    }
}
