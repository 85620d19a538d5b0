package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a session may do. The store checks too; here the sentence can say what helps a process. */
final class Rights {
    private static final Logger LOG = LoggerFactory.getLogger(Rights.class);

    private Rights() {
    }

    /** @throws StatusRuntimeException if the session may not read all of the prefix */
    static void checkRead(Session session, Prefix prefix) {
        if (!session.token().acl().mayRead(prefix)) {
            throw denied(session, "read", prefix.path());
        }
    }

    /** @throws StatusRuntimeException if the session may not write the key */
    static void checkWrite(Session session, Key key) {
        if (!session.token().acl().mayWrite(key)) {
            throw denied(session, "write", key.path());
        }
    }

    private static StatusRuntimeException denied(Session session, String verb, String path) {
        ServiceId service = session.token().service();
        log(session, verb, path);
        return Failures.status(Reason.DENIED, "The token of " + service + " may not " + verb + " " + path
                + "; the owner of the node can make one that may: lattice:token create " + service + " --" + verb + " PREFIX.");
    }

    /** Tells the owner of the node that something was denied, once in a while. */
    static void log(Session session, String verb, String path) {
        ServiceId service = session.token().service();
        if (session.isNewsThatItWasDenied()) {
            LOG.info("Denied {} to {} {}; more of that is told in a minute", service, verb, path);
        } else {
            LOG.debug("Denied {} to {} {}", service, verb, path);
        }
    }
}
