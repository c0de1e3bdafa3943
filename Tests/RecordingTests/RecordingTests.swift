import Model
import TestSupport
import Testing

@testable import Recording

/// What is written is read, and nothing else is.
struct RecordingTests {
    private static let time = WallTime(milliseconds: 1_795_255_451_123)

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
        let head = [UInt8(payload.count), 0, 0, 0, 1, 0, 0, 0]
        let checksum = withUnsafeBytes(of: CRC32.of(head + payload).littleEndian) { Array($0) }
        let changed = bytes[..<20] + head + payload + checksum
        #expect(Self.read(Array(changed), chunk: 4096).1 == RecordingError(fault, at: 20))
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
