/// The head of a request of HTTP/1.1 or 1.0, RFC 9112.
package struct HTTPRequest: Hashable, Sendable {
    /// Why a request cannot be answered as it was meant.
    package enum Fault: Error, Hashable, Sendable {
        /// It is none.
        case malformed
        /// Its head is longer than ``headLimit``.
        case tooLong
    }

    /// The longest head, in bytes.
    package static let headLimit = 8 * 1024

    /// The method, such as `GET`.
    package let method: String
    /// The path without the query behind it.
    package let path: String

    /// A request of the given parts.
    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }
}

/// Gathers the head of a request from the pieces in which it comes.
///
/// A body is not read.
package struct HTTPRequestDecoder: Sendable {
    private var line = HTTPLine(limit: HTTPRequest.headLimit)
    private var request: HTTPRequest?
    private var needsHost = false

    /// A decoder before the first byte.
    package init() {}

    /// Takes bytes.
    ///
    /// - Returns: The request, once its head is complete; what comes behind it is left alone.
    package mutating func take(_ input: Span<UInt8>) throws(HTTPRequest.Fault) -> HTTPRequest? {
        var position = 0
        while let line = try nextLine(in: input, from: &position) {
            guard let request else {
                try begin(line)
                continue
            }
            if line.isEmpty {
                if needsHost { throw .malformed }
                return request
            }
            guard let field = HTTPField(line) else { throw .malformed }
            if field.name == "host" { needsHost = false }
        }
        return nil
    }

    private mutating func nextLine(
        in input: Span<UInt8>,
        from position: inout Int
    ) throws(HTTPRequest.Fault) -> [UInt8]? {
        do throws(HTTPLine.Fault) {
            return try line.take(input, from: &position)
        } catch {
            throw error == .tooLong ? .tooLong : .malformed
        }
    }

    /// Takes a line such as `GET /metrics HTTP/1.1`.
    private mutating func begin(_ line: [UInt8]) throws(HTTPRequest.Fault) {
        let words = line.split(
            separator: UInt8(ascii: " "),
            omittingEmptySubsequences: false
        )
        guard
            words.count == 3, !words[0].isEmpty, words[0].allSatisfy(HTTPField.isTokenByte),
            words[1].first == UInt8(ascii: "/"), words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            words[2].count == 8, words[2].starts(with: "HTTP/1.".utf8),
            words[2].last == UInt8(ascii: "1") || words[2].last == UInt8(ascii: "0")
        else { throw .malformed }
        needsHost = words[2].last == UInt8(ascii: "1")
        request = HTTPRequest(
            method: String(decoding: words[0], as: UTF8.self),
            path: String(decoding: words[1].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        )
    }
}

/// The answer of a server.
package struct HTTPAnswer: Hashable, Sendable {
    /// The status and the words for it, such as `200 OK`.
    package let status: String
    /// The media type of the body.
    package let type: String
    /// The body.
    package let body: [UInt8]
    /// Other fields of the head, such as `Allow: GET`.
    private let fields: [String]

    /// An answer of the given parts.
    package init(
        status: String = "200 OK",
        type: String = "text/plain; charset=utf-8",
        fields: [String] = [],
        body: [UInt8]
    ) {
        self.status = status
        self.type = type
        self.fields = fields
        self.body = body
    }

    /// The head, RFC 9112; a connection serves one request.
    var head: [UInt8] {
        let lines =
            [
                "HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.count)",
                "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Connection: close",
            ] + fields
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
