import Model
import TestSupport
import Testing

@testable import Recording

/// What is written is read, and nothing else is.
struct RecordingTests {
    static let time = WallTime(milliseconds: 1_795_255_451_123)

    static let heading = RecordingHeading(
        version: "0.1.0",
        host: "node-2",
        bootID: "5f1b7e0c",
        kernel: "6.18.0=x",
        remotePort: 15008,
        begunAt: time
    )

    private static let records: [RecordingRecord] = [
        .heading(heading),
        .problem("cannot read /proc/7/environ"),
        .target(
            RecordedTarget(
                inode: 4_026_532_001,
                path: "/run/netns/a \n= b",
                pid: 4312,
                proxy: .init(
                    role: "waypoint",
                    namespace: "shop",
                    pod: "waypoint-x2x4k",
                    workload: "waypoint",
                    cluster: nil
                ),
                socket: .init(portID: 4_000_000_000, rounds: 2)
            )
        ),
        .request([1, 2, 3, 4]),
        .datagram(RecordedDatagram(receivedAt: time, sender: 0, bytes: Array(0...255))),
        .failure(105),
        .target(RecordedTarget(inode: nil, path: nil, pid: nil, proxy: nil, socket: nil)),
        .problem("cannot enter"),
        .end(time + .seconds(3)),
    ]

    private static let bytes: [UInt8] = {
        var encoder = RecordingEncoder()
        return records.flatMap { encoder.encode($0) }
    }()

    /// What can be read of the bytes when so many come at once, and why no more.
    private static func read(_ bytes: [UInt8], chunk: Int) -> ([RecordingRecord], RecordingError?) {
        var decoder = RecordingDecoder()
        var records: [RecordingRecord] = []
        do throws(RecordingError) {
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                decoder.feed(bytes[start..<min(start + chunk, bytes.count)])
                while let record = try decoder.next() { records.append(record) }
            }
            try decoder.finish()
            return (records, nil)
        } catch {
            return (records, error)
        }
    }

    @Test(arguments: [1, 7, 64, 100_000])
    func `A capture is read as it was written, in chunks of any size`(chunk: Int) {
        let (records, error) = Self.read(Self.bytes, chunk: chunk)
        #expect(records == Self.records)
        #expect(error == nil)
    }

    @Test func `A capture cut at any byte is an error at the record that is cut`() {
        for length in 0..<Self.bytes.count {
            let (records, error) = Self.read(Array(Self.bytes[..<length]), chunk: 64)
            #expect(records == Array(Self.records.prefix(records.count)))
            #expect(records.count < Self.records.count)
            #expect(error?.fault == .cut, "at \(length)")
            #expect((error?.byteOffset ?? .max) <= length)
        }
    }

    @Test func `A capture with any one bit turned is an error, and no record is believed`() {
        for index in Self.bytes.indices {
            for bit in 0..<8 {
                var damaged = Self.bytes
                damaged[index] ^= 1 << UInt8(bit)
                let (records, error) = Self.read(damaged, chunk: 4096)
                #expect(records == Array(Self.records.prefix(records.count)))
                #expect(error != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func `Records must stand where they can, and all be there`() {
        let heading = Self.records[0]
        let target = Self.records[2]
        let request = Self.records[3]
        let wrong: [[RecordingRecord]] = [
            [target], [heading, heading], [heading, request], [.end(Self.time)],
            [heading, .end(Self.time), target],
        ]
        for records in wrong {
            var encoder = RecordingEncoder()
            let bytes = records.flatMap { encoder.encode($0) }
            #expect(Self.read(bytes, chunk: 4096).1 != nil)
        }
        // A whole record is lost, and every checksum is right.
        var encoder = RecordingEncoder()
        let parts = Self.records.map { encoder.encode($0) }
        let error = Self.read(parts[0] + parts[1] + parts[8], chunk: 4096).1
        #expect(error?.fault == .malformed("2 records instead of 8"))
        #expect(error?.byteOffset == parts[0].count + parts[1].count)
    }

    @Test(arguments: [
        (
            "something else altogether", 0,
            "it is neither a halfopen capture nor a dump of 'ss -D'; write one with 'halfopen capture"
                + " --output-file FILE'"
        ),
        ("halfopen.capture\u{2}\0\0\0", 16, "version 2 of the format is newer than this program"),
    ])
    func `What is no capture of this version is named`(
        text: String,
        offset: Int,
        finding: String
    ) {
        let (_, error) = Self.read(Array(text.utf8), chunk: 4096)
        #expect(error?.description == "byte \(offset): \(finding)")
    }

    @Test(arguments: [
        (order: "big", fault: RecordingError.Fault.otherByteOrder),
        (order: "", fault: .otherByteOrder),
    ])
    func `A capture of a machine with the other byte order is not guessed at`(
        order: String,
        fault: RecordingError.Fault
    ) throws {
        var encoder = RecordingEncoder()
        let bytes = encoder.encode(.heading(Self.heading))
        let place = try #require(bytes.firstRange(of: Array("=little".utf8)))
        var payload = Array(bytes[28..<(bytes.count - 4)])
        payload.replaceSubrange(
            (place.lowerBound - 28)..<(place.upperBound - 28),
            with: Array("=\(order)".utf8)
        )
        let changed = bytes[..<20] + Self.record(1, payload)
        #expect(Self.read(Array(changed), chunk: 4096).1 == RecordingError(fault, at: 20))
    }

    /// A record of any kind and payload, whose checksum is right.
    private static func record(_ kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt32(payload.count).littleEndian) { Array($0) }
        let body = length + [kind, 0, 0, 0] + payload
        return body + withUnsafeBytes(of: CRC32.of(body).littleEndian) { Array($0) }
    }

    /// The same of named values.
    private static func record(_ kind: UInt8, _ fields: String...) -> [UInt8] {
        record(kind, fields.flatMap { Array($0.utf8) + [0] })
    }

    private static let noFields = "the description of a network namespace is missing"
    private static let halfSocket = "the description of a network namespace is incomplete"

    @Test(
        arguments: [
            ("of a kind that does not exist", record(9, "a=b"), "a record of unknown kind 9"),
            (
                "a datagram without its sender", record(4, [UInt8](repeating: 0, count: 11)),
                "a record with missing fields"
            ),
            (
                "a datagram at a time that no clock shows",
                record(4, [UInt8](repeating: 0x7F, count: 12)), "a record with missing fields"
            ),
            ("a failure without a number", record(5, [1, 0, 0]), "a record with missing fields"),
            ("a failure that is none", record(5, [0, 0, 0, 0]), "a record with missing fields"),
            (
                "an end without the number of records", record(7, [UInt8](repeating: 0, count: 15)),
                "a record with missing fields"
            ),
            ("a target that is no text", record(2, [1, 2, 3]), noFields),
            ("a target with a value without a name", record(2, "value"), noFields),
            ("a socket without its rounds", record(2, "socket=7"), halfSocket),
            ("rounds without a socket", record(2, "rounds=1"), halfSocket),
            ("a socket that is no number", record(2, "socket=x", "rounds=1"), halfSocket),
            ("no rounds at all", record(2, "socket=7", "rounds=0"), halfSocket),
            ("more rounds than are ever taken", record(2, "socket=7", "rounds=3"), halfSocket),
            ("a heading that says nothing", record(1, "a=b"), "its header is incomplete"),
            (
                "a record that is longer than any", [1, 0, 1, 0, 6, 0, 0, 0],
                "a record of 65537 bytes"
            ),
        ] as [(String, [UInt8], String)]
    )
    func `A record that says what none can is damage, however right its checksum is`(
        _ name: String,
        _ damaged: [UInt8],
        _ reason: String
    ) {
        var encoder = RecordingEncoder()
        let before = Self.records.prefix(3).flatMap { encoder.encode($0) }
        let (records, error) = Self.read(before + damaged, chunk: 4096)
        #expect(records.count == 3, "\(name)")
        #expect(error == RecordingError(.malformed(reason), at: before.count), "\(name)")
        #expect(
            error?.description
                == "byte \(before.count): it is damaged here: \(reason); copy it again"
        )
    }

    @Test func `Nothing may follow the end of a capture`() {
        let (records, error) = Self.read(Self.bytes + [0], chunk: 4096)
        #expect(records == Self.records)
        #expect(
            error
                == RecordingError(
                    .malformed("bytes follow its last record"),
                    at: Self.bytes.count
                )
        )
    }

    @Test(arguments: ["version", "host", "bootID", "kernel", "port", "begunAt"])
    func `A heading must say all that a replay needs`(missing: String) {
        let values = [
            "byteOrder=\(RecordingFormat.byteOrder)", "version=1", "host=h", "bootID=b",
            "kernel=k", "port=15008", "begunAt=2026-11-26T10:00:00Z",
        ]
        let preamble = Array(Self.bytes[..<RecordingFormat.preambleSize])
        func read(_ values: [String]) -> RecordingError? {
            let payload: [UInt8] = values.flatMap { Array($0.utf8) + [0] }
            return Self.read(preamble + Self.record(1, payload), chunk: 4096).1
        }
        #expect(read(values)?.fault == .cut)
        #expect(
            read(values.filter { !$0.hasPrefix(missing) })
                == RecordingError(.malformed("its header is incomplete"), at: preamble.count)
        )
    }

    @Test func `The checksum is that of gzip`() {
        // "123456789" is the test value of its specification.
        var encoder = RecordingEncoder()
        _ = encoder.encode(.heading(Self.heading))
        let record = encoder.encode(.problem("123456789"))
        #expect(record.prefix(8) == [9, 0, 0, 0, 6, 0, 0, 0])
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    }
}
