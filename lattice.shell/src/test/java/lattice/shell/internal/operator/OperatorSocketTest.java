package lattice.shell.internal.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.internal.TestNode;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.console.Shells;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.store.GetCommand;
import lattice.shell.internal.store.ListCommand;
import lattice.shell.internal.store.PutCommand;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OperatorSocketTest {
    private static final int MOST_SESSIONS = 16;
    private static final String SHELL = "{\"shell\":true,\"terminal\":\"xterm\",\"columns\":100,\"rows\":30}";

    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path home;

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private TestShell shell;
    private TestNode node;
    private OperatorSocket socket;

    @BeforeEach
    void open() throws IOException {
        node = new TestNode(home);
        shell = new TestShell(Screen.NONE, new PutCommand(node), new GetCommand(node), new ListCommand(node), waitCommand());
        socket = listen(node);
    }

    @AfterEach
    void close() throws Exception {
        socket.close();
        shell.close();
        assertThat(path()).doesNotExist();
    }

    @Test
    void isItsOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path()))).isEqualTo("rw-------");
        assertThat(path().resolveSibling(".op")).doesNotExist();
    }

    @Test
    void runsACommandAndSaysHowItEnded() throws Exception {
        assertThat(ask("{\"command\":\"lattice:put /x 'a b'; lattice:get /x\"}")).isEqualTo(
                new Answer("/x has 3 bytes at revision 1.\na b", "", 0));
        assertThat(ask("{\"command\":\"lattice:get /nothing\",\"columns\":0,\"color\":false,\"more\":[1,{}]}")).isEqualTo(
                new Answer("", "The store root has no /nothing; lattice:list shows what it has.\n", 1));
    }

    @Test
    void laysOutForTheClientsTerminal() throws Exception {
        ask("{\"command\":\"lattice:put /x 'some words that do not fit'\"}");

        Answer answer = ask("{\"command\":\"lattice:list --values\",\"columns\":60,\"color\":true}");

        assertThat(answer.out()).contains("\u001b[");
        assertThat(answer.out().lines().map(line -> line.replaceAll("\u001b\\[[0-9;]*m", "")))
                .allMatch(line -> line.length() <= 60);
    }

    @Test
    void findsFilesWhereTheClientIs() throws Exception {
        Path directory = Files.createDirectory(home.resolve("elsewhere"));
        Files.writeString(directory.resolve("value"), "from a file");

        assertThat(ask("{\"command\":\"lattice:put /x --file value; lattice:get /x\",\"directory\":\"" + directory + "\"}").out())
                .endsWith("from a file");
    }

    @Test
    void sendsLargeAnswersWhole() throws Exception {
        Files.write(home.resolve("large"), new byte[1024 * 1024]);

        Answer answer = ask("{\"command\":\"lattice:put /x --file " + home.resolve("large") + "; lattice:get /x\"}");

        assertThat(answer.out()).endsWith("\u0000").hasSizeGreaterThan(1024 * 1024);
    }

    @Test
    void refusesWhatIsNoRequest() throws Exception {
        for (String request : List.of("not json", "[]", "{}", "{\"command\":", "{\"command\":\"x\",\"directory\":\"\\u0000\"}",
                "{\"command\":\"x\",\"shell\":true}")) {
            Answer answer = ask(request);
            assertThat(answer.code()).as(request).isEqualTo(1);
            assertThat(answer.err()).as(request).isNotBlank();
        }
    }

    @Test
    void refusesARequestThatIsTooLong() throws Exception {
        try (SocketChannel client = connect()) {
            ByteBuffer junk = ByteBuffer.wrap("x".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> {
                for (int i = 0; i < 1024; i++) {
                    client.write(junk.rewind());
                }
            }).isInstanceOf(IOException.class);
        }
        assertThat(ask("{\"command\":\"lattice:list\"}").code()).isZero();
    }

    @Test
    void aClientThatGoesAwayInterruptsItsCommand() throws Exception {
        try (SocketChannel client = connect()) {
            send(client, "{\"command\":\"lattice:wait\"}");
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aShellReadsKeysPaintsAndIsLeft() throws Exception {
        try (SocketChannel client = connect()) {
            send(client, SHELL);
            awaitPainted(client, "> ");
            type(client, "lattice:put /x abc\r");
            awaitPainted(client, "/x has 3 bytes at revision 1.");
            type(client, "\u0004");
            assertThat(awaitPainted(client, null)).contains("The node goes on").endsWith("[exit 0]");
        }
        assertThat(ask("{\"command\":\"lattice:get /x\"}").out()).isEqualTo("abc");
    }

    @Test
    void ctrlCInterruptsTheCommandOfAShellAndNotTheShell() throws Exception {
        try (SocketChannel client = connect()) {
            send(client, SHELL);
            awaitPainted(client, "> ");
            type(client, "lattice:wait\r");
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            // More than anything reads: Ctrl-C gets past it.
            type(client, "x".repeat(20_000));
            type(client, "\u0003");
            assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
            awaitPainted(client, "> ");
            type(client, "dropped \u0003");
            awaitPainted(client, "> ");
            type(client, "lattice:put /y yes\r");
            awaitPainted(client, "/y has 3 bytes");
        }
    }

    @Test
    void aClientOfAShellThatGoesAwayInterruptsItsCommand() throws Exception {
        try (SocketChannel client = connect()) {
            send(client, SHELL);
            awaitPainted(client, "> ");
            type(client, "lattice:wait\r");
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aClientOfAShellThatTalksNonsenseIsDisconnected() throws Exception {
        List<byte[]> nonsense = List.of(new byte[] {9, 0, 0, 0, 1, 0}, new byte[] {Keys.TYPED, -1, -1, -1, -1},
                new byte[] {Keys.TYPED, 127, 0, 0, 0}, new byte[] {Keys.SIZE, 0, 0, 0, 1, 0});
        for (byte[] frame : nonsense) {
            try (SocketChannel client = connect()) {
                send(client, SHELL);
                awaitPainted(client, "> ");
                client.write(ByteBuffer.wrap(frame));
                awaitPainted(client, null);
            }
        }
        assertThat(ask("{\"command\":\"lattice:list\"}").code()).isZero();
    }

    @Test
    void runsABoundedNumberAtOnce() throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < MOST_SESSIONS; i++) {
                SocketChannel client = connect();
                clients.add(client);
                send(client, "{\"command\":\"lattice:wait\"}");
            }
            Answer answer = ask("{\"command\":\"lattice:list\"}");
            assertThat(answer.code()).isEqualTo(1);
            assertThat(answer.err()).contains("wait for one to end");
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void takesThePlaceOfASocketThatAKilledNodeLeftBehind() throws Exception {
        socket.close();
        try (ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(path()));
        }
        Files.createDirectory(path().resolveSibling(".op"));

        socket = listen(node);

        assertThat(ask("{\"command\":\"lattice:list\"}").code()).isZero();
    }

    @Test
    void saysThatAPathIsTooLong() {
        TestNode deep = new TestNode(home.resolve("x".repeat(100)));

        assertThatThrownBy(() -> listen(deep))
                .isInstanceOf(IOException.class).hasMessageContaining("take a shorter --home");
    }

    private record Answer(String out, String err, int code) {
    }

    private OperatorSocket listen(TestNode of) throws IOException {
        return new OperatorSocket(of, shell.sessions(), new Shells(of, shell.sessions(), shell), seconds -> true);
    }

    private Path path() {
        return home.resolve("run").resolve("operator.sock");
    }

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(path()));
        return client;
    }

    private static void send(SocketChannel client, String request) throws IOException {
        client.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static void type(SocketChannel client, String keys) throws IOException {
        byte[] typed = keys.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(5 + typed.length).put(Keys.TYPED).putInt(typed.length).put(typed).flip();
        while (frame.hasRemaining()) {
            client.write(frame);
        }
    }

    /** Reads what a shell paints until there is something, or to its end. */
    private static String awaitPainted(SocketChannel client, String text) throws IOException {
        DataInputStream frames = new DataInputStream(Channels.newInputStream(client));
        StringBuilder painted = new StringBuilder();
        while (text == null || !painted.toString().contains(text)) {
            int kind = frames.read();
            if (kind < 0) {
                assertThat(text).as("painted so far: %s", painted).isNull();
                return painted.toString();
            }
            String content = new String(frames.readNBytes(frames.readInt()), StandardCharsets.UTF_8);
            if (kind == Frames.EXIT) {
                return painted.append("[exit ").append(content).append(']').toString();
            }
            painted.append(content.replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", ""));
        }
        return painted.toString();
    }

    private Answer ask(String request) throws IOException {
        try (SocketChannel client = connect()) {
            send(client, request);
            DataInputStream frames = new DataInputStream(Channels.newInputStream(client));
            StringBuilder out = new StringBuilder();
            StringBuilder err = new StringBuilder();
            while (true) {
                int kind = frames.readByte();
                byte[] content = frames.readNBytes(frames.readInt());
                String text = new String(content, StandardCharsets.UTF_8);
                switch (kind) {
                    case Frames.STDOUT -> out.append(text);
                    case Frames.STDERR -> err.append(text);
                    case Frames.EXIT -> {
                        return new Answer(out.toString(), err.toString(), Integer.parseInt(text));
                    }
                    default -> throw new EOFException("A frame of kind " + kind);
                }
            }
        }
    }

    private Command waitCommand() {
        Syntax syntax = new Syntax("wait", "Wait.", List.of(), List.of(), false, List.of());
        return new Command() {
            @Override
            public Syntax syntax() {
                return syntax;
            }

            @Override
            public void run(Arguments arguments, Output output) throws InterruptedException {
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } finally {
                    interrupted.countDown();
                }
            }
        };
    }
}
