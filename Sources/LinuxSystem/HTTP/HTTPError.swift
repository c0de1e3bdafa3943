import Model

/// Why an HTTP exchange gave no whole answer; whoever asked says what for.
package enum HTTPError: Error, Hashable, Sendable {
    /// The connection was not made.
    case cannotConnect(Errno)
    /// The request could not be sent.
    case cannotSend(Errno)
    /// The answer could not be received.
    case cannotReceive(Errno)
    /// The whole exchange took longer than this.
    case timedOut(TimeSpan)
    /// The answer does not begin as one of HTTP/1.1 does.
    case malformedStatusLine
    /// The server refused, with this status.
    case status(Int)
    /// A line before or after the body is no field.
    case malformedField
    /// What comes before the body, or after it, is longer than this.
    case headTooLong(limit: Int)
    /// The body's length is no number, or is given twice.
    case malformedLength
    /// The body is encoded as nobody asked for.
    case unknownEncoding
    /// A chunk of the body has no size, or does not end where that says.
    case malformedChunk
    /// The size of a chunk is no number that a machine can count to.
    case chunkSizeOverflow
    /// The body is longer than this.
    case bodyTooLong(limit: Int)
    /// The connection ended before the answer did.
    case endedEarly
    /// There is more after the end of the answer.
    case excessData
}

extension HTTPError: CustomStringConvertible {
    /// The cause, without the operation and its object.
    package var description: String {
        switch self {
        case .cannotConnect(let errno): "\(errno)"
        case .cannotSend(let errno): "the request could not be sent: \(errno)"
        case .cannotReceive(let errno): "the answer could not be received: \(errno)"
        case .timedOut(let limit):
            "there was no complete answer within \(limit.milliseconds / 1000) s"
        case .malformedStatusLine: "the answer does not begin with a status line of HTTP/1.1"
        case .status(let code): "the answer has the HTTP status \(code) instead of 200"
        case .malformedField: "the answer has a malformed header field"
        case .headTooLong(let limit): "the header of the answer is longer than \(limit) bytes"
        case .malformedLength: "the answer has a malformed Content-Length, or two lengths"
        case .unknownEncoding: "the answer has an encoding that was not asked for"
        case .malformedChunk: "the answer has a malformed chunk"
        case .chunkSizeOverflow: "the answer has a chunk whose size is no number of 63 bits"
        case .bodyTooLong(let limit): "the answer is longer than \(limit) bytes"
        case .endedEarly: "the connection ended before the answer was complete"
        case .excessData: "there is more data after the end of the answer"
        }
    }
}
