package lattice.service.irc.internal.command;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.chat.Mode;
import lattice.service.irc.internal.protocol.Mask;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.session.ModeLine;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/** Modes of users, of members of a channel (both of this gateway alone), and of channels (kept in the store). */
final class ModeCommands implements Family {
    private static final int MAX_CHANGES = 32;

    private final Network network;

    ModeCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.of("MODE", 1, this::mode));
    }

    private void mode(Session client, Message message) {
        String target = message.param(0);
        if (Names.looksLikeChannel(target)) {
            channel(client, target, message);
        } else if (network.user(target).isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHNICK, Commands.shown(target));
        } else if (network.user(target).get() != client) {
            client.reply(Numeric.ERR_USERSDONTMATCH);
        } else {
            user(client, message);
        }
    }

    private static void user(Session client, Message message) {
        if (message.params().size() == 1) {
            client.reply(Numeric.RPL_UMODEIS, client.isInvisible() ? "+i" : "+");
            return;
        }
        ModeLine changed = new ModeLine();
        boolean unknown = false;
        boolean on = true;
        for (char letter : message.param(1).toCharArray()) {
            if (letter == '+' || letter == '-') {
                on = letter == '+';
            } else if (letter != 'i') {
                unknown = true;
            } else if (client.isInvisible() != on) {
                client.invisible(on);
                changed.add(on, 'i', "");
            }
        }
        if (!changed.isEmpty()) {
            client.send(changed.message(client.mask(), client.nick()));
        }
        if (unknown) {
            client.reply(Numeric.ERR_UMODEUNKNOWNFLAG);
        }
    }

    private void channel(Session client, String name, Message message) {
        if (!network.exists(name)) {
            client.reply(Numeric.ERR_NOSUCHCHANNEL, Commands.shown(name));
            return;
        }
        String channel = network.channelName(name);
        if (message.params().size() == 1) {
            show(client, channel);
        } else {
            new Changes(client, channel).take(message);
        }
    }

    private void show(Session client, String channel) {
        ChannelState state = network.state(channel);
        boolean member = network.room(channel).filter(room -> room.has(client)).isPresent();
        ModeLine line = new ModeLine();
        for (char flag : Mode.FLAGS.toCharArray()) {
            if (state.has(flag)) {
                line.add(true, flag, "");
            }
        }
        state.param('k').ifPresent(key -> line.add(true, 'k', member ? key : "*"));
        state.param('l').ifPresent(limit -> line.add(true, 'l', limit));
        List<String> params = new ArrayList<>(line.message("", channel).params());
        if (line.isEmpty()) {
            params.set(1, "+");
        }
        client.reply(Numeric.RPL_CHANNELMODEIS, params.toArray(String[]::new));
        state.createdAt().ifPresent(created -> client.reply(Numeric.RPL_CREATIONTIME, channel,
                String.valueOf(created.getEpochSecond())));
    }

    /** One line of changes. */
    private final class Changes {
        private final Session client;
        private final String channel;
        private final Optional<Room> room;
        private final List<Mode> lasting = new ArrayList<>();
        private final ModeLine ranks = new ModeLine();
        private final Deque<String> params = new ArrayDeque<>();
        private boolean denied;

        Changes(Session client, String channel) {
            this.client = client;
            this.channel = channel;
            this.room = network.room(channel);
        }

        void take(Message message) {
            params.addAll(message.params().subList(2, message.params().size()));
            boolean on = true;
            int changes = 0;
            for (char letter : message.param(1).toCharArray()) {
                if (letter == '+' || letter == '-') {
                    on = letter == '+';
                } else if (changes++ < MAX_CHANGES) {
                    take(letter, on);
                }
            }
            room.filter(there -> !ranks.isEmpty())
                    .ifPresent(there -> there.send(network.now(ranks.message(client.mask(), channel))));
            if (!lasting.isEmpty()) {
                network.changeModes(client, channel, lasting,
                        reason -> client.notice("The modes of " + channel + " were not changed: " + reason));
            }
        }

        private void take(char letter, boolean on) {
            if (letter == 'b' && params.isEmpty()) {
                bans();
            } else if ("ovbkl".indexOf(letter) < 0 && Mode.FLAGS.indexOf(letter) < 0) {
                client.reply(Numeric.ERR_UNKNOWNMODE, Commands.shown(String.valueOf(letter)));
            } else if (mayChange()) {
                switch (letter) {
                    case 'o', 'v' -> rank(letter, on);
                    case 'b' -> lasting(letter, on, Mask.complete(params.poll()));
                    case 'k' -> lasting(letter, on, params.isEmpty() ? "" : params.poll());
                    case 'l' -> lasting(letter, on, on && !params.isEmpty() ? params.poll() : "");
                    default -> lasting(letter, on, "");
                }
            }
        }

        private boolean mayChange() {
            if (!denied && room.filter(there -> there.isOperator(client)).isEmpty()) {
                boolean member = room.filter(there -> there.has(client)).isPresent();
                client.reply(member ? Numeric.ERR_CHANOPRIVSNEEDED : Numeric.ERR_NOTONCHANNEL, channel);
                denied = true;
            }
            return !denied;
        }

        private void lasting(char letter, boolean on, String param) {
            if (Mode.isValid(letter, on, param)) {
                lasting.add(new Mode(letter, on, param, client.origin()));
            } else if (param.isEmpty()) {
                client.reply(Numeric.ERR_NEEDMOREPARAMS, "MODE");
            } else if (letter == 'k') {
                client.reply(Numeric.ERR_INVALIDKEY, channel);
            } else {
                client.replyText(Numeric.ERR_INVALIDMODEPARAM, channel, String.valueOf(letter), Commands.shown(param),
                        letter == 'l' ? "A limit is a number from 1 to 999999999"
                                : "A ban is a mask of the form nick!user@host, at most 128 bytes");
            }
        }

        private void rank(char letter, boolean on) {
            String nick = params.isEmpty() ? "" : params.poll();
            if (nick.isEmpty()) {
                client.reply(Numeric.ERR_NEEDMOREPARAMS, "MODE");
                return;
            }
            Optional<Session> target = network.user(nick);
            Optional<Room.Member> member = target.flatMap(session -> room.flatMap(there -> there.member(session)));
            if (target.isEmpty()) {
                client.reply(Numeric.ERR_NOSUCHNICK, Commands.shown(nick));
            } else if (member.isEmpty()) {
                client.reply(Numeric.ERR_USERNOTINCHANNEL, target.get().nick(), channel);
            } else if (letter == 'o' && member.get().isOperator() != on) {
                member.get().operator(on);
                ranks.add(on, letter, target.get().nick());
            } else if (letter == 'v' && member.get().isVoiced() != on) {
                member.get().voiced(on);
                ranks.add(on, letter, target.get().nick());
            }
        }

        private void bans() {
            network.state(channel).bans().forEach(ban -> client.reply(Numeric.RPL_BANLIST, channel, ban.value().param(),
                    ban.value().by().mask(), String.valueOf(ban.time().getEpochSecond())));
            client.reply(Numeric.RPL_ENDOFBANLIST, channel);
        }
    }
}
