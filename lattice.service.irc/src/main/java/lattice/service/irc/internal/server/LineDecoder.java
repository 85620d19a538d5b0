package lattice.service.irc.internal.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import lattice.service.irc.internal.protocol.Wire;

/** Cuts what a client sends into lines. It holds no more than the longest line; of longer ones it forgets the beginning. */
final class LineDecoder extends ByteToMessageDecoder {
    private static final int MAX_DISCARDED = 64 * 1024;

    private int scanned;
    private int discarded;

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int end = in.forEachByte(in.readerIndex() + scanned, in.readableBytes() - scanned, b -> b != '\r' && b != '\n');
        if (end < 0) {
            scanned = in.readableBytes();
            if (discarded > 0 || isTooLong(in, scanned)) {
                discard(in, out);
            }
            return;
        }
        int length = end - in.readerIndex();
        if (discarded > 0 || isTooLong(in, length)) {
            out.add(new Input.TooLong());
        } else if (length > 0) {
            out.add(new Input.Text(Wire.decode(ByteBufUtil.getBytes(in, in.readerIndex(), length))));
        }
        in.readerIndex(end + 1);
        scanned = 0;
        discarded = 0;
    }

    private void discard(ByteBuf in, List<Object> out) {
        boolean before = discarded > MAX_DISCARDED;
        discarded += in.readableBytes();
        in.skipBytes(in.readableBytes());
        scanned = 0;
        if (!before && discarded > MAX_DISCARDED) {
            out.add(new Input.Endless());
        }
    }

    private static boolean isTooLong(ByteBuf in, int length) {
        int most = Wire.MAX_LINE - 2;
        if (length <= most) {
            return false;
        }
        if (in.getByte(in.readerIndex()) != '@') {
            return true;
        }
        int space = in.indexOf(in.readerIndex(), in.readerIndex() + length, (byte) ' ');
        int tags = space < 0 ? length : space + 1 - in.readerIndex();
        return tags > Wire.MAX_CLIENT_TAGS || length - tags > most;
    }
}
