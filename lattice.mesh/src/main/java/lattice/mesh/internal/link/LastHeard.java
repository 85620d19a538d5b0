package lattice.mesh.internal.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/** When anything last came over a connection; a part of a message does, as a line may be slow and a message large. */
final class LastHeard extends ChannelInboundHandlerAdapter {
    private volatile long at = System.nanoTime();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        at = System.nanoTime();
        context.fireChannelRead(message);
    }

    boolean isLongerAgoThan(int seconds) {
        return System.nanoTime() - at > TimeUnit.SECONDS.toNanos(seconds);
    }
}
