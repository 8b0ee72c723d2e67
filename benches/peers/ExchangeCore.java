// exchange-core's direct order book, alone and on one thread, over the commands of a file.
// Usage: java -cp 'JARS/*' ExchangeCore.java ORDERS REPEATS. Prints one JSON line.

import exchange.core2.collections.objpool.ObjectsPool;
import exchange.core2.core.common.CoreSymbolSpecification;
import exchange.core2.core.common.MatcherEventType;
import exchange.core2.core.common.MatcherTradeEvent;
import exchange.core2.core.common.OrderAction;
import exchange.core2.core.common.OrderType;
import exchange.core2.core.common.SymbolType;
import exchange.core2.core.common.cmd.CommandResultCode;
import exchange.core2.core.common.cmd.OrderCommand;
import exchange.core2.core.common.cmd.OrderCommandType;
import exchange.core2.core.common.config.LoggingConfiguration;
import exchange.core2.core.orderbook.IOrderBook;
import exchange.core2.core.orderbook.OrderBookDirectImpl;
import exchange.core2.core.orderbook.OrderBookEventsHelper;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

public class ExchangeCore {
    static final int COLUMNS = 5;
    static long fills;
    static long lots;

    public static void main(String[] arguments) throws Exception {
        long[] rows = read(Path.of(arguments[0]));
        int repeats = Integer.parseInt(arguments[1]);
        int commands = rows.length / COLUMNS;
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        // The first two thirds let the compiler settle; what is measured comes after.
        double[] rates = new double[repeats];
        double[] wallRates = new double[repeats];
        for (int round = -2 * repeats; round < repeats; round++) {
            IOrderBook book = book();
            System.gc();
            long cpu = threads.getCurrentThreadCpuTime();
            long wall = System.nanoTime();
            run(book, rows, null);
            long wallNanos = System.nanoTime() - wall;
            long cpuNanos = threads.getCurrentThreadCpuTime() - cpu;
            if (round >= 0) {
                rates[round] = commands * 1e9 / cpuNanos;
                wallRates[round] = commands * 1e9 / wallNanos;
            }
        }
        long[] latencies = new long[commands];
        run(book(), rows, latencies);
        Arrays.sort(latencies);
        Arrays.sort(rates);
        Arrays.sort(wallRates);
        System.out.printf(
                Locale.ROOT,
                "{\"rate\": %.0f, \"wall_rate\": %.0f, \"unit\": \"commands/s\", \"n\": %d,"
                        + " \"work\": {\"fills\": %d, \"lots\": %d},"
                        + " \"latency_ns\": {\"p50\": %d, \"p90\": %d, \"p99\": %d, \"p999\": %d}}%n",
                rates[repeats / 2], wallRates[repeats / 2], commands, fills, lots,
                at(latencies, 0.5), at(latencies, 0.9), at(latencies, 0.99), at(latencies, 0.999));
    }

    static long[] read(Path file) throws Exception {
        long[] rows = new long[(int) (Files.size(file) / Long.BYTES)];
        ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(rows);
        return rows;
    }

    static long at(long[] sorted, double share) {
        return sorted[(int) (sorted.length * share)];
    }

    static IOrderBook book() {
        CoreSymbolSpecification symbol = CoreSymbolSpecification.builder()
                .symbolId(1)
                .type(SymbolType.FUTURES_CONTRACT)
                .baseCurrency(1)
                .quoteCurrency(2)
                .baseScaleK(1)
                .quoteScaleK(1)
                .takerFee(0)
                .makerFee(0)
                .build();
        return new OrderBookDirectImpl(
                symbol,
                ObjectsPool.createDefaultTestPool(),
                OrderBookEventsHelper.NON_POOLED_EVENTS_HELPER,
                LoggingConfiguration.DEFAULT);
    }

    /** Runs every command; notes the time of each where `latencies` is given. */
    static void run(IOrderBook book, long[] rows, long[] latencies) {
        OrderCommand command = OrderCommand.builder().build();
        command.symbol = 1;
        fills = 0;
        lots = 0;
        for (int at = 0, number = 0; at < rows.length; at += COLUMNS, number++) {
            fill(command, rows, at);
            long before = latencies == null ? 0 : System.nanoTime();
            IOrderBook.processCommand(book, command);
            for (MatcherTradeEvent event = command.matcherEvent; event != null; event = event.nextEvent) {
                if (event.eventType == MatcherEventType.TRADE) {
                    fills++;
                    lots += event.size;
                }
            }
            if (latencies != null) {
                latencies[number] = System.nanoTime() - before;
            }
        }
    }

    static void fill(OrderCommand command, long[] rows, int at) {
        command.orderId = rows[at + 1];
        command.uid = 1 + (rows[at + 1] & 1);
        command.timestamp = at;
        command.matcherEvent = null;
        command.resultCode = CommandResultCode.VALID_FOR_MATCHING_ENGINE;
        if (rows[at] == 2) {
            command.command = OrderCommandType.CANCEL_ORDER;
            return;
        }
        command.command = OrderCommandType.PLACE_ORDER;
        command.orderType = rows[at] == 1 ? OrderType.GTC : OrderType.IOC;
        command.action = rows[at + 2] == 1 ? OrderAction.BID : OrderAction.ASK;
        command.price = rows[at + 3];
        command.reserveBidPrice = rows[at + 3];
        command.size = rows[at + 4];
    }
}
