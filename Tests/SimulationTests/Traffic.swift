import Model
import TestSupport

/// What applications send over a connection.
struct Traffic {
    /// Bytes on the wire, the tunnel's frame and the TLS record included.
    struct Message {
        var bytes: UInt32
        var segments: UInt32

        /// Eight bytes of an application: as long as a PING.
        static let eightBytes = Message(bytes: 39, segments: 1)
        /// A keepalive of gRPC, a PING of seventeen bytes, inside the tunnel.
        static let innerPing = Message(bytes: 48, segments: 1)
        static let windowUpdate = Message(bytes: 35, segments: 1)
        static let twoWindowUpdates = Message(bytes: 48, segments: 1)

        static func any(_ sizes: ClosedRange<UInt32>, _ random: inout SeededGenerator) -> Message {
            let size = UInt32.random(in: sizes, using: &random)
            return Message(bytes: size + 31, segments: (size + 31) / 1448 + 1)
        }
    }

    /// Who speaks when, and what the other says to that.
    struct Step {
        var at: WallTime
        var isServers: Bool
        var message: Message
        var answer: (message: Message, delay: TimeSpan)?
    }

    /// The shapes of it.
    enum Shape: CaseIterable {
        case idle, silentStream, request, requests, twins, delayedTwins, clientsEightBytes, amqp
        case clientsKeepalive, serversKeepalive, download, upload, events, eightByteEvents
    }

    let shape: Shape
    private(set) var steps: [Step] = []
    /// While a stream is open, the server's word that it will go closes nothing.
    private(set) var stream: Range<WallTime>?

    /// What is sent between two moments; nothing where it falls silent before.
    init(
        from opened: WallTime,
        to end: WallTime,
        hasTwins: Bool,
        _ random: inout SeededGenerator
    ) {
        let common: [Shape] = [.idle, .idle, .idle, .silentStream, .request, .requests, .requests]
        var shape =
            random.chance(percent: 55)
            ? common.randomElement(using: &random) : Shape.allCases.randomElement(using: &random)
        if shape == .twins, !hasTwins { shape = .delayedTwins }
        self.shape = shape ?? .idle
        let begins = opened + random.span(0...3)
        let silent = random.chance(percent: 40) ? end : random.moment(begins, end)
        if self.shape == .silentStream { stream = begins..<max(begins, silent) }
        guard let period = period(&random) else { return }
        talk(from: begins, to: silent, every: period, &random)
        if self.shape != .request, self.shape != .requests { stream = begins..<max(begins, silent) }
    }

    /// The pause between two steps; `nil` where there are none.
    private func period(_ random: inout SeededGenerator) -> ClosedRange<Double>? {
        switch shape {
        case .idle, .silentStream: nil
        case .request: 1000...2000
        case .requests: random.chance(percent: 50) ? 0.5...20 : 5...60
        case .twins, .delayedTwins, .clientsEightBytes: 9.99...10.01
        case .amqp: random.chance(percent: 50) ? 10...10 : 15...15
        case .clientsKeepalive, .serversKeepalive:
            [10...10, 20...20, 30...30].randomElement(using: &random) ?? 10...10
        case .download, .upload: 0.5...8
        case .events: 2...60
        case .eightByteEvents: 5...20
        }
    }

    private mutating func talk(
        from begins: WallTime,
        to silent: WallTime,
        every period: ClosedRange<Double>,
        _ random: inout SeededGenerator
    ) {
        var moment = begins
        let lag = random.span(0...10)
        while moment < silent, steps.count < 600 {
            say(at: moment, lag, &random)
            // Now and then nobody has anything to say.
            let isPause = random.chance(percent: 2)
            moment = moment + random.span(isPause ? 20...150 : period)
        }
        steps.sort { $0.at < $1.at }
    }

    private mutating func say(
        at moment: WallTime,
        _ lag: TimeSpan,
        _ random: inout SeededGenerator
    ) {
        func step(
            _ at: WallTime,
            servers isServers: Bool,
            _ message: Message,
            _ answer: Message? = nil,
            after delay: TimeSpan = .zero
        ) {
            steps.append(
                Step(
                    at: at,
                    isServers: isServers,
                    message: message,
                    answer: answer.map { ($0, delay) }
                )
            )
        }
        switch shape {
        case .idle, .silentStream: break
        case .request, .requests:
            let think = random.span(random.chance(percent: 90) ? 0...0.3 : 0.3...20)
            step(
                moment,
                servers: false,
                .any(80...3000, &random),
                .any(40...20_000, &random),
                after: think
            )
        case .twins: step(moment, servers: true, .eightBytes, .eightBytes)
        case .delayedTwins:
            step(moment, servers: true, .eightBytes, .eightBytes, after: random.span(0.05...2))
        case .clientsEightBytes:
            step(moment, servers: false, .eightBytes, .eightBytes, after: random.span(0...0.002))
        case .amqp:
            step(moment, servers: false, .eightBytes)
            step(moment + lag, servers: true, .eightBytes)
        case .clientsKeepalive: step(moment, servers: false, .innerPing, .innerPing)
        case .serversKeepalive: step(moment, servers: true, .innerPing, .innerPing)
        case .download:
            let isWhole = random.chance(percent: 50)
            step(
                moment,
                servers: true,
                .any(2_000...60_000, &random),
                isWhole ? .twoWindowUpdates : .windowUpdate
            )
        case .upload:
            step(moment, servers: false, .any(2_000...60_000, &random), .windowUpdate)
        case .events: step(moment, servers: true, .any(20...2_000, &random))
        case .eightByteEvents: step(moment, servers: true, .eightBytes)
        }
    }
}
