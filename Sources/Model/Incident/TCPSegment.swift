/// A TCP segment as a capture shows it: its header, and how much data it carries.
package struct TCPSegment: Hashable, Sendable {
    /// The flags of the header, as on the wire (RFC 9293 section 3.1).
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let fin = Self(rawValue: 0x01)
        package static let syn = Self(rawValue: 0x02)
        package static let rst = Self(rawValue: 0x04)
        package static let ack = Self(rawValue: 0x10)
    }

    /// The number of the packet in its capture, counted from 1.
    package var number: Int
    /// When it was captured, in microseconds since 1970.
    package var microseconds: Int64
    /// Its sender.
    package var source: Endpoint
    /// Its receiver.
    package var destination: Endpoint
    /// The sequence number of its first byte.
    package var sequence: UInt32
    /// The sequence number that its sender expects next, if it has the flag ACK.
    package var acknowledgement: UInt32
    /// Its flags.
    package var flags: Flags
    /// How many bytes of data it carries, also those that the capture cut off.
    package var length: Int

    /// A segment of the given facts.
    package init(
        number: Int,
        microseconds: Int64,
        source: Endpoint,
        destination: Endpoint,
        sequence: UInt32,
        acknowledgement: UInt32,
        flags: Flags,
        length: Int
    ) {
        self.number = number
        self.microseconds = microseconds
        self.source = source
        self.destination = destination
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.flags = flags
        self.length = length
    }

    /// When it was captured.
    package var time: WallTime { WallTime(milliseconds: microseconds / 1000) }
}
