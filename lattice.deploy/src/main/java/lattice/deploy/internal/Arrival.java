package lattice.deploy.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import lattice.shell.CommandException;

/** Fetches a jar from a path or URL. */
final class Arrival {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final long LARGEST = 512L * 1024 * 1024;
    private static final int CHUNK = 64 * 1024;

    private Arrival() {
    }

    /** Whether a source is a URL and not a path. */
    static boolean isUrl(String source) {
        return source.startsWith("http://") || source.startsWith("https://");
    }

    /** The name that the source gives its file. */
    static String name(String source) throws CommandException {
        String path = isUrl(source) ? uri(source).getPath() : source;
        String name = path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
        if (!Deployer.isCandidate(name)) {
            throw new CommandException("A bundle is a file whose name ends in .jar; '" + name + "' does not.");
        }
        return name;
    }

    static void fetch(String source, Path file, Path target) throws CommandException, InterruptedException {
        try (InputStream in = isUrl(source) ? download(uri(source)) : Files.newInputStream(file);
                OutputStream out = Files.newOutputStream(target)) {
            byte[] chunk = new byte[CHUNK];
            long size = 0;
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                size += read;
                if (size > LARGEST) {
                    throw new CommandException(source + " has more than " + LARGEST + " bytes, which no bundle should.");
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                out.write(chunk, 0, read);
            }
        } catch (NoSuchFileException e) {
            throw new CommandException("There is no file " + file.toAbsolutePath() + ": give the path or the URL of a bundle.", e);
        } catch (IOException e) {
            throw new CommandException(source + " can't be fetched: "
                    + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()) + ".", e);
        }
    }

    private static InputStream download(URI uri) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        HttpResponse<InputStream> answer = client.send(HttpRequest.newBuilder(uri).timeout(ANSWER).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            answer.body().close();
            throw new IOException("the server answered " + answer.statusCode());
        }
        return answer.body();
    }

    private static URI uri(String source) throws CommandException {
        try {
            return URI.create(source);
        } catch (IllegalArgumentException e) {
            throw new CommandException("'" + source + "' is no URL: " + e.getMessage() + ".", e);
        }
    }
}
