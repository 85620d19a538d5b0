package lattice.service.irc.internal.protocol;

import java.util.Optional;

/** The numeric replies that this server sends (RFC 2812 section 5, modern.ircdocs.horse), with their text if it is fixed. */
public enum Numeric {
    RPL_WELCOME("001"),
    RPL_YOURHOST("002"),
    RPL_CREATED("003"),
    RPL_MYINFO("004"),
    RPL_ISUPPORT("005", "are supported by this server"),
    RPL_UMODEIS("221"),
    RPL_LUSERCLIENT("251"),
    RPL_LUSEROP("252"),
    RPL_LUSERUNKNOWN("253"),
    RPL_LUSERCHANNELS("254"),
    RPL_LUSERME("255"),
    RPL_ADMINME("256"),
    RPL_ADMINLOC1("257"),
    RPL_ADMINLOC2("258"),
    RPL_ADMINEMAIL("259"),
    RPL_TRYAGAIN("263"),
    RPL_LOCALUSERS("265"),
    RPL_GLOBALUSERS("266"),
    RPL_AWAY("301"),
    RPL_USERHOST("302"),
    RPL_ISON("303"),
    RPL_UNAWAY("305", "You are no longer marked as being away"),
    RPL_NOWAWAY("306", "You have been marked as being away"),
    RPL_WHOISUSER("311"),
    RPL_WHOISSERVER("312"),
    RPL_WHOWASUSER("314"),
    RPL_ENDOFWHO("315", "End of /WHO list"),
    RPL_WHOISIDLE("317", "seconds idle, signon time"),
    RPL_ENDOFWHOIS("318", "End of /WHOIS list"),
    RPL_WHOISCHANNELS("319"),
    RPL_LISTSTART("321", "Users  Name"),
    RPL_LIST("322"),
    RPL_LISTEND("323", "End of /LIST"),
    RPL_CHANNELMODEIS("324"),
    RPL_CREATIONTIME("329"),
    RPL_NOTOPIC("331", "No topic is set"),
    RPL_TOPIC("332"),
    RPL_TOPICWHOTIME("333"),
    RPL_WHOISACTUALLY("338", "is actually using host"),
    RPL_INVITING("341"),
    RPL_VERSION("351"),
    RPL_WHOREPLY("352"),
    RPL_NAMREPLY("353"),
    RPL_WHOSPCRPL("354"),
    RPL_ENDOFNAMES("366", "End of /NAMES list"),
    RPL_BANLIST("367"),
    RPL_ENDOFBANLIST("368", "End of channel ban list"),
    RPL_ENDOFWHOWAS("369", "End of WHOWAS"),
    RPL_INFO("371"),
    RPL_MOTD("372"),
    RPL_ENDOFINFO("374", "End of /INFO list"),
    RPL_MOTDSTART("375"),
    RPL_ENDOFMOTD("376", "End of /MOTD command"),
    RPL_TIME("391"),
    ERR_NOSUCHNICK("401", "No such nick/channel"),
    ERR_NOSUCHSERVER("402", "No such server"),
    ERR_NOSUCHCHANNEL("403", "No such channel"),
    ERR_CANNOTSENDTOCHAN("404", "Cannot send to channel"),
    ERR_TOOMANYCHANNELS("405", "You have joined too many channels"),
    ERR_WASNOSUCHNICK("406", "There was no such nickname"),
    ERR_TOOMANYTARGETS("407", "Too many targets"),
    ERR_NOORIGIN("409", "No origin specified"),
    ERR_INVALIDCAPCMD("410", "Invalid CAP command"),
    ERR_NORECIPIENT("411", "No recipient given"),
    ERR_NOTEXTTOSEND("412", "No text to send"),
    ERR_INPUTTOOLONG("417", "Input line was too long"),
    ERR_UNKNOWNCOMMAND("421", "Unknown command"),
    ERR_NOMOTD("422", "There is no message of the day"),
    ERR_NONICKNAMEGIVEN("431", "No nickname given"),
    ERR_ERRONEUSNICKNAME("432", "Erroneous nickname"),
    ERR_NICKNAMEINUSE("433", "Nickname is already in use"),
    ERR_USERNOTINCHANNEL("441", "They aren't on that channel"),
    ERR_NOTONCHANNEL("442", "You're not on that channel"),
    ERR_USERONCHANNEL("443", "is already on channel"),
    ERR_NOTREGISTERED("451", "You have not registered"),
    ERR_NEEDMOREPARAMS("461", "Not enough parameters"),
    ERR_ALREADYREGISTERED("462", "You may not reregister"),
    ERR_CHANNELISFULL("471", "Cannot join channel (+l)"),
    ERR_UNKNOWNMODE("472", "is unknown mode char to me"),
    ERR_INVITEONLYCHAN("473", "Cannot join channel (+i)"),
    ERR_BANNEDFROMCHAN("474", "Cannot join channel (+b)"),
    ERR_BADCHANNELKEY("475", "Cannot join channel (+k)"),
    ERR_BADCHANMASK("476", "Bad Channel Mask"),
    ERR_BANLISTFULL("478", "Channel list is full"),
    ERR_CHANOPRIVSNEEDED("482", "You're not channel operator"),
    ERR_NOOPERHOST("491", "No O-lines for your host"),
    ERR_UMODEUNKNOWNFLAG("501", "Unknown MODE flag"),
    ERR_USERSDONTMATCH("502", "Can't change mode for other users"),
    ERR_INVALIDKEY("525", "Key is not well-formed"),
    ERR_INVALIDMODEPARAM("696");

    private final String code;
    private final Optional<String> text;

    Numeric(String code) {
        this.code = code;
        this.text = Optional.empty();
    }

    Numeric(String code, String text) {
        this.code = code;
        this.text = Optional.of(text);
    }

    /** Three digits. */
    public String code() {
        return code;
    }

    /** The last parameter, if it is always the same. */
    public Optional<String> text() {
        return text;
    }
}
