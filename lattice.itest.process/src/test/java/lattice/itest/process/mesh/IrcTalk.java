package lattice.itest.process.mesh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import lattice.testkit.process.Await;

/** Somebody on a machine who talks to the IRC gateway there. The shell of that machine makes the connection. */
final class IrcTalk implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CHANNEL = "#lattice";

    private final Process connection;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    /** Connects, and joins the channel. */
    IrcTalk(String[] machine, int port, String nick) throws Exception {
        List<String> command = new ArrayList<>(List.of(machine));
        command.addAll(List.of("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; cat <&3 & cat >&3; kill %1"));
        connection = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        Thread reader = new Thread(this::read, "irc-" + nick);
        reader.setDaemon(true);
        reader.start();
        send("NICK " + nick);
        send("USER " + nick + " 0 * :" + nick);
        send("JOIN " + CHANNEL);
        await(" 366 ");
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
                if (line.startsWith("PING ")) {
                    send("PONG " + line.substring(5));
                }
            }
        } catch (IOException e) {
            // The connection has ended; who waits for a line says which one did not come.
            lines.add("ended: " + e.getMessage());
        } catch (UncheckedIOException e) {
            lines.add("ended: " + e.getMessage());
        }
    }

    private synchronized void send(String line) {
        try {
            connection.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            connection.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on it is told what it says itself, among what others say. */
    void hearOneself() throws Exception {
        send("CAP REQ echo-message");
        await(" ACK ");
    }

    void say(String text) {
        send("PRIVMSG " + CHANNEL + " :" + text);
    }

    void await(String part) throws Exception {
        Await.that(() -> "there is a line with '" + part + "' among " + lines, PATIENCE,
                () -> lines.stream().anyMatch(line -> line.contains(part)));
    }

    /** All that was said in the channel, in the order that it came; what is shown of the past without when it was. */
    List<String> heard() {
        return spoken().map(line -> line.replaceFirst("^.* PRIVMSG " + CHANNEL + " :(\\[[^]]*] )?", "")).toList();
    }

    private Stream<String> spoken() {
        return lines.stream().filter(line -> line.contains(" PRIVMSG " + CHANNEL + " :"));
    }

    /** What is shown of the past to one who has just joined. */
    List<String> history() throws Exception {
        send("PING :all-of-it");
        await("all-of-it");
        return heard();
    }

    @Override
    public void close() {
        connection.descendants().forEach(ProcessHandle::destroyForcibly);
        connection.destroyForcibly();
    }
}
