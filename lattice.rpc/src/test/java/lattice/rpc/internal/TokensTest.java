package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.rpc.IssuedToken;
import lattice.rpc.TokenGrant;
import lattice.rpc.TokenInfo;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
    private static final ServiceId BRIDGE = new ServiceId("org.example.bridge");
    private static final Acl NOTHING = new Acl(Set.of(), Set.of());

    private final MemoryMetaStore meta = new MemoryMetaStore();
    private final InMemoryStore store = new InMemoryStore();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));

    private Tokens tokens() {
        return new Tokens(meta, TestNodeStatus.NODE, info -> info.store().equals("root")
                ? Optional.of(store.restrictedTo(info.service(), info.acl())) : Optional.empty(), now::get);
    }

    private static TokenGrant grant(Acl acl) {
        return new TokenGrant(BRIDGE, "root", acl, Optional.empty(), true);
    }

    @Test
    void aTokenOpensASessionOfItsService() {
        Tokens tokens = tokens();
        IssuedToken token = tokens.issue(grant(NOTHING));
        assertThat(tokens.authenticate(token.secret()).orElseThrow().token()).isEqualTo(token.info());
    }

    @Test
    void withoutAGrantItMayDoWhatEveryServiceMayAndNoMore() {
        TokenInfo info = tokens().issue(grant(NOTHING)).info();
        Prefix state = new Prefix("/state/org.example.bridge");
        Prefix status = new Prefix("/nodes/" + TestNodeStatus.NODE + "/status/org.example.bridge");
        assertThat(info.acl()).isEqualTo(new Acl(
                Set.of(new Prefix("/services/org.example.bridge/config"), state, status), Set.of(state, status)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lattice_", "lattice_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"})
    void whatIsNoTokenOpensNothing(String text) {
        assertThat(tokens().authenticate(text)).isEmpty();
    }

    @Test
    void aChangedTokenOpensNothing() {
        Tokens tokens = tokens();
        String secret = tokens.issue(grant(NOTHING)).secret();
        for (int i = 0; i < secret.length(); i++) {
            char changed = secret.charAt(i) == 'A' ? 'B' : 'A';
            assertThat(tokens.authenticate(secret.substring(0, i) + changed + secret.substring(i + 1))).isEmpty();
        }
        assertThat(tokens.authenticate(secret + "A")).isEmpty();
        assertThat(tokens.authenticate(" " + secret)).isEmpty();
        assertThat(tokens.authenticate(secret)).isPresent();
    }

    @Test
    void theMetaStoreHoldsNoSecretAndTokensOutliveARestart() {
        IssuedToken token = tokens().issue(grant(new Acl(Set.of(new Prefix("/notes")), Set.of(new Prefix("/inbox")))));
        String random = token.secret().substring(token.secret().lastIndexOf('_', 17) + 1);
        assertThat(meta.scan(new Prefix("/tokens")).map(Entry::text)).hasSize(1).noneMatch(text -> text.contains(random));
        Tokens restarted = tokens();
        assertThat(restarted.list()).containsExactly(token.info());
        assertThat(restarted.authenticate(token.secret())).isPresent();
    }

    @Test
    void aTokenThatIsNotKeptIsGoodUntilTheNodeStops() {
        Tokens tokens = tokens();
        IssuedToken token = tokens.issue(new TokenGrant(BRIDGE, "root", NOTHING, Optional.empty(), false));
        assertThat(tokens.authenticate(token.secret())).isPresent();
        assertThat(meta.scan(new Prefix("/tokens"))).isEmpty();
        assertThat(tokens().authenticate(token.secret())).isEmpty();
    }

    @Test
    void aRevokedTokenIsGoodForNothingNowAndAfterARestart() {
        Tokens tokens = tokens();
        IssuedToken token = tokens.issue(grant(NOTHING));
        assertThat(tokens.revoke(token.info().id())).isTrue();
        assertThat(tokens.authenticate(token.secret())).isEmpty();
        assertThat(tokens.list()).isEmpty();
        assertThat(tokens.revoke(token.info().id())).isFalse();
        assertThat(tokens().authenticate(token.secret())).isEmpty();
    }

    /** Nor may the owner be told that there is no such token when he tries again. */
    @Test
    void aTokenWhoseRevocationCanNotBeWrittenIsGoodForNothingAndCanBeRevokedAgain() {
        Tokens tokens = tokens();
        IssuedToken token = tokens.issue(grant(NOTHING));
        meta.full = true;
        assertThatThrownBy(() -> tokens.revoke(token.info().id())).isInstanceOf(StoreException.class)
                .hasMessageContaining("revoke it again");
        assertThat(tokens.authenticate(token.secret())).isEmpty();
        assertThat(tokens.list()).containsExactly(token.info());

        meta.full = false;
        assertThat(tokens.revoke(token.info().id())).isTrue();
        assertThat(tokens.list()).isEmpty();
        assertThat(tokens().authenticate(token.secret())).isEmpty();
    }

    /** As that of a mesh which was left and joined again. */
    @Test
    void aStoreThatWasClosedAndOpenedAnewIsFound() throws Exception {
        AtomicReference<InMemoryStore> open = new AtomicReference<>(store);
        Tokens tokens = new Tokens(meta, TestNodeStatus.NODE,
                info -> Optional.of(open.get().restrictedTo(info.service(), info.acl())), now::get);
        IssuedToken token = tokens.issue(grant(NOTHING));
        Session session = tokens.authenticate(token.secret()).orElseThrow();
        Key key = new Key("/state/org.example.bridge/a");
        store.close();
        assertThatThrownBy(() -> session.store().get(key)).isInstanceOf(StoreException.class);

        open.set(new InMemoryStore());
        open.get().put(key, "new");
        Thread.sleep(1100);
        assertThat(session.store().get(key)).isPresent();
        assertThat(tokens.authenticate(token.secret()).orElseThrow().store().get(key)).isPresent();
    }

    @Test
    void aTokenRunsOut() {
        Tokens tokens = tokens();
        IssuedToken token = tokens.issue(new TokenGrant(BRIDGE, "root", NOTHING, Optional.of(Duration.ofMinutes(5)), true));
        now.set(now.get().plus(Duration.ofMinutes(5)).minusMillis(1));
        assertThat(tokens.authenticate(token.secret())).isPresent();
        now.set(now.get().plusMillis(1));
        assertThat(tokens.authenticate(token.secret())).isEmpty();
        assertThat(tokens.list()).isEmpty();
        tokens.sweep();
        assertThat(meta.scan(new Prefix("/tokens"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/services", "/services/org.example.bridge", "/services/org.example.bridge/config", "/peers",
            "/peers/x", "/stores", "/stores/x", "/nodes", "/nodes/0000/status/org.example.bridge"})
    void noTokenIsMadeThatCouldWriteASystemTable(String path) {
        assertThatThrownBy(() -> tokens().issue(grant(new Acl(Set.of(), Set.of(new Prefix(path))))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(path);
        assertThat(meta.scan(new Prefix("/tokens"))).isEmpty();
    }

    @Test
    void norOneForTheStatusOfAnother() {
        String status = "/nodes/" + TestNodeStatus.NODE + "/status/";
        for (String path : Set.of(status + "lattice.irc-gateway", status.substring(0, status.length() - 1),
                "/nodes/" + TestNodeStatus.NODE + "/services/org.example.bridge")) {
            assertThatThrownBy(() -> tokens().issue(grant(new Acl(Set.of(), Set.of(new Prefix(path))))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aTokenNeedsAStoreThatIsHereAndALifetimeThatIsOne() {
        assertThatThrownBy(() -> tokens().issue(new TokenGrant(BRIDGE, "elsewhere", NOTHING, Optional.empty(), true)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("elsewhere");
        assertThatThrownBy(() -> tokens().issue(new TokenGrant(BRIDGE, "root", NOTHING, Optional.of(Duration.ZERO), true)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRecordThatCannotBeReadIsPassedOver() {
        IssuedToken token = tokens().issue(grant(NOTHING));
        for (String bad : Set.of("", "{}", "[]", "null", "\u0000", "{\"v\":1,\"id\":\"x\",\"service\":\"NO\"}",
                "{\"v\":2}")) {
            meta.write(Transaction.of(new Mutation.Put(new Key("/tokens/bad" + Math.abs(bad.hashCode())), bad)));
        }
        assertThat(tokens().list()).containsExactly(token.info());
    }

    @Test
    void aSecretIsNotPrintedByAccident() {
        IssuedToken token = tokens().issue(grant(NOTHING));
        assertThat(token.toString()).doesNotContain(token.secret()).contains(token.info().id());
    }
}
