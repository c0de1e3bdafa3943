import Model
import TestSupport

/// What passes over one connection: the server's pings, the applications' traffic, retransmissions,
/// and how it ends.
struct WireStory {
    let tunnel: ModelTunnel
    let process: ModelTunnel.Process
    let opened: WallTime
    /// When the network of the other end goes, without a word.
    let down: WallTime
    /// When another has its address.
    let nextOwner: WallTime?
    /// When the proxy does not read.
    let pauses: [Range<WallTime>]
    let traffic: Traffic
    /// When its server pings it no more, without a word.
    let mute: WallTime
    private let pings: Bool
    private(set) var wire: Wire
    /// When the server's end of the connection is no more, whether anybody says so or not.
    private(set) var gone: WallTime
    /// When the proxy's socket goes.
    private(set) var closed: WallTime?
    /// Since when the server drains.
    private(set) var drained: WallTime?
    private var random: SeededGenerator
    /// When all that the proxy sent is acknowledged.
    private var delivered = WallTime.distantPast
    /// When all that the server sent has arrived.
    private var served = WallTime.distantPast
    /// What the server will say, by when.
    private var replies: [(at: WallTime, message: Traffic.Message)] = []
    private var unread: UInt32 = 0
    private var unreadUntil = WallTime.distantPast
    /// Whether anything but pings passed since the last ping.
    private var isBusy = true

    private static let horizon = World.ends + .minutes(2)
    private static let never = World.ends + .minutes(9999)
    private static let window: UInt32 = 65_536
    private static let firstTimeout = TimeSpan(milliseconds: 200)

    init(
        _ tunnel: ModelTunnel,
        _ process: ModelTunnel.Process,
        opened: WallTime,
        down: WallTime,
        nextOwner: WallTime?,
        pauses: [Range<WallTime>],
        pings: Bool,
        mute: WallTime?,
        hasTwins: Bool,
        _ random: inout SeededGenerator
    ) {
        (self.tunnel, self.process, self.opened, self.down) = (tunnel, process, opened, down)
        (self.nextOwner, self.pauses, self.pings) = (nextOwner, pauses, pings)
        self.mute = mute ?? Self.horizon
        gone = min(down, process.ends)
        // Where the proxy acknowledges the server's settings last, both happen at once.
        let answer = random.span(random.chance(percent: 90) ? 0.004...0.05 : 0...0)
        wire = Wire(opened: opened, answered: min(opened + answer, gone))
        // Clients send on for a while to whom they do not know to be dead.
        let sendsOn = random.chance(percent: 30) ? random.span(0...200) : .zero
        traffic = Traffic(
            from: opened,
            to: min(down, process.ends) + sendsOn,
            hasTwins: hasTwins,
            &random
        )
        self.random = SeededGenerator(seed: random.next())
        run()
        if closed == nil, random.chance(percent: 12) { linger() }
        wire.count()
    }

    private mutating func run() {
        var nextPing = pings ? opened + .seconds(10) : Self.horizon
        var (steps, hasEnded) = (traffic.steps[...], false)
        var nextDrain = process.drains < process.ends ? process.drains : Self.horizon
        while true {
            let end = hasEnded ? Self.horizon : process.ends
            let step = steps.first?.at ?? Self.horizon
            let reply = replies.indices.min { replies[$0].at < replies[$1].at }
            let next = min(
                nextPing,
                min(step, reply.map { replies[$0].at } ?? step),
                nextDrain,
                end
            )
            if next >= min(closed ?? Self.horizon, Self.horizon) { return }
            if next == end {
                hasEnded = true
                if gone == process.ends { say(goodbyeAt: gone) }
                nextPing = Self.horizon
            } else if next == nextDrain {
                nextDrain = Self.horizon
                nextPing = Self.horizon
                drain(at: tunnel.acting(next))
            } else if next == nextPing {
                nextPing = ping(at: tunnel.acting(next)) ?? Self.horizon
            } else if let reply, replies[reply].at == next {
                self.reply(replies.remove(at: reply))
            } else if let step = steps.popFirst() {
                isBusy = true
                take(step)
            }
        }
    }

    private mutating func close(at moment: WallTime) {
        closed = min(closed ?? moment, moment)
    }

    /// The network held back a bare acknowledgement of a Pod that is gone, or doubled it.
    private mutating func linger() {
        let late = random.span(random.chance(percent: 80) ? 0...2 : 0...40)
        wire.add(.heard, at: down + late)
    }
}

// MARK: - What is said

extension WireStory {
    /// A ping, and the time of the next; `nil` where the connection is dropped, drained or gone.
    private mutating func ping(at moment: WallTime) -> WallTime? {
        guard moment < gone, moment < process.drains, moment < mute else { return nil }
        let limit = tunnel.acting(moment + .seconds(20))
        let end = gone
        // Unless it is answered, the server closes.
        gone = min(gone, limit)
        let answered = serve(.eightBytes, at: moment).flatMap { answer($0, with: .eightBytes) }
        isBusy = false
        guard let answered, answered < limit else {
            if gone == limit { say(goodbyeAt: limit) }
            return nil
        }
        gone = end
        // Its processor is busy now and then.
        let late = random.span(random.chance(percent: 10) ? 0...1.4 : 0...0.006)
        return tunnel.acting(answered) + .seconds(10) + late
    }

    /// The server says that it will take no more streams; without any, the proxy closes.
    private mutating func drain(at moment: WallTime) {
        guard moment < gone else { return }
        drained = moment
        let first = process.drainsAsEnvoy ? Traffic.Message.eightBytes : .goodbyeAndPing
        guard let arrival = serve(first, at: moment) else { return }
        if traffic.stream.map({ $0.contains(arrival) }) != true {
            return close(at: arrival + TimeSpan(milliseconds: 1))
        }
        if process.drainsAsEnvoy {
            sayNothing(to: arrival)
            replies.append((moment + .seconds(5), .eightBytes))
        } else if let answered = answer(arrival, with: .eightBytes) {
            replies.append((tunnel.acting(answered), .eightBytes))
        }
    }

    /// What an application sends, and what the other says to that.
    private mutating func take(_ step: Traffic.Step) {
        if step.isServers {
            let moment = tunnel.acting(step.at)
            guard moment < gone, let arrival = serve(step.message, at: moment) else { return }
            guard let (message, delay) = step.answer else { return sayNothing(to: arrival) }
            _ = answer(arrival, with: message, after: delay)
        } else {
            guard let there = send(step.message, at: reading(step.at)) else { return }
            guard let (message, delay) = step.answer else { return }
            replies.append((tunnel.acting(tunnel.acting(there) + delay), message))
        }
    }

    private mutating func reply(_ reply: (at: WallTime, message: Traffic.Message)) {
        guard let arrival = serve(reply.message, at: reply.at) else { return }
        sayNothing(to: arrival, segments: (reply.message.segments + 1) / 2)
    }

    /// The server's kernel closes, and says so until it is heard or tired of it.
    private mutating func say(goodbyeAt moment: WallTime) {
        // What was sent before stands before it in the queue.
        let first = max(moment, served)
        var (attempt, timeout) = (first, Self.firstTimeout)
        while attempt < first + .seconds(100), attempt < down {
            if tunnel.delivers(at: attempt, &random) {
                return close(at: attempt + tunnel.latency + TimeSpan(milliseconds: 1))
            }
            attempt = attempt + timeout
            timeout = TimeSpan(milliseconds: timeout.milliseconds * 2)
        }
    }

    /// The proxy has something to say to what has arrived.
    private mutating func answer(
        _ arrival: WallTime,
        with message: Traffic.Message,
        after delay: TimeSpan = .zero
    ) -> WallTime? {
        let busy = random.chance(percent: 10) ? random.span(0...0.012) : .zero
        let moment = reading(arrival + delay + busy)
        if moment - arrival > Self.delayedAcknowledgement {
            sayNothing(to: arrival)
        } else if random.chance(percent: isBusy ? 60 : 5) {
            // After other traffic, and now and then, the kernel does not wait for what the proxy says.
            wire.add(.bareAcknowledgement(segments: 1), at: arrival)
        }
        return send(message, at: moment)
    }

    private mutating func sayNothing(to arrival: WallTime, segments: UInt32 = 1) {
        let delay = random.chance(percent: 50) ? .zero : Self.delayedAcknowledgement
        wire.add(.bareAcknowledgement(segments: segments), at: arrival + delay)
    }

    private static let delayedAcknowledgement = TimeSpan(milliseconds: 40)

    /// When the proxy reads what arrives at a moment.
    private func reading(_ moment: WallTime) -> WallTime { pauses.end(of: moment) }
}

// MARK: - How it gets there

extension WireStory {
    /// The proxy sends.
    ///
    /// - Returns: When the server's kernel has it; `nil` for never.
    private mutating func send(_ message: Traffic.Message, at moment: WallTime) -> WallTime? {
        guard moment < closed ?? Self.never else { return nil }
        wire.add(.sent(segments: message.segments), at: moment)
        if moment < delivered {
            // It waits behind what was sent before.
            if delivered == Self.never { return nil }
            acknowledge(message, at: delivered)
            return delivered
        }
        var (attempt, timeout) = (moment, Self.firstTimeout)
        var there: WallTime?
        while attempt < moment + .seconds(924) {
            if let nextOwner, attempt >= nextOwner { return reset(at: attempt) }
            if attempt < down, tunnel.delivers(at: attempt, &random) {
                let arrival = attempt + tunnel.latency
                if arrival >= gone { return reset(at: arrival + tunnel.latency) }
                there = there ?? arrival
                let delay = random.chance(percent: 50) ? .zero : Self.delayedAcknowledgement
                let acknowledged = arrival + tunnel.latency + delay
                if acknowledged < down, tunnel.delivers(at: arrival + delay, &random) {
                    delivered = acknowledged
                    acknowledge(message, at: acknowledged)
                    return there
                }
            }
            attempt = attempt + timeout
            timeout = min(TimeSpan(milliseconds: timeout.milliseconds * 2), .seconds(120))
            wire.add(.resent(segments: 1), at: attempt)
        }
        return reset(at: attempt)
    }

    private mutating func acknowledge(_ message: Traffic.Message, at moment: WallTime) {
        wire.add(.acknowledged(bytes: message.bytes, segments: message.segments), at: moment)
    }

    /// Nobody knows the connection there, or the kernel has tried for long enough.
    private mutating func reset(at moment: WallTime) -> WallTime? {
        delivered = Self.never
        close(at: moment)
        return nil
    }

    /// The server sends.
    ///
    /// - Returns: When the proxy's kernel has it; `nil` for never.
    private mutating func serve(_ message: Traffic.Message, at moment: WallTime) -> WallTime? {
        var (attempt, timeout) = (max(moment, served), Self.firstTimeout)
        while attempt < gone, attempt < closed ?? Self.never {
            if tunnel.delivers(at: attempt, &random), !isFull(at: attempt, for: message) {
                served = attempt + tunnel.latency
                let read = reading(served)
                wire.add(
                    .received(
                        bytes: message.bytes,
                        segments: message.segments,
                        isRead: read == served
                    ),
                    at: served
                )
                if read > served {
                    unread = (served < unreadUntil ? unread : 0) + message.bytes
                    unreadUntil = read
                    wire.add(.read, at: read)
                }
                return served
            }
            attempt = attempt + timeout
            timeout = min(TimeSpan(milliseconds: timeout.milliseconds * 2), .seconds(120))
        }
        return nil
    }

    /// Whether the proxy has no room for more.
    private func isFull(at moment: WallTime, for message: Traffic.Message) -> Bool {
        moment < unreadUntil && unread + message.bytes > Self.window
    }
}

extension Traffic.Message {
    /// GOAWAY, and the PING after which it is meant.
    fileprivate static let goodbyeAndPing = Traffic.Message(bytes: 56, segments: 1)
}
