import LinuxSystem
import Testing

private let limit = 100

/// The body that an answer has when it comes in pieces of a size, and then the connection ends.
private func body(of answer: String, piece: Int) throws(HTTPError) -> String {
    let bytes = Array(answer.utf8)
    var decoder = HTTPDecoder(bodyLimit: limit)
    var body: [UInt8] = []
    var start = 0
    while start < bytes.count {
        let input = Array(bytes[start..<min(start + piece, bytes.count)])
        var position = 0
        while let range = try decoder.next(in: input.span, from: &position) {
            body += input[range]
        }
        start += input.count
    }
    try decoder.finish()
    return String(decoding: body, as: UTF8.self)
}

@Suite struct HTTPDecoderTests {
    private static let ok = "HTTP/1.1 200 OK\r\n"

    @Test(
        arguments: [
            // A length, an empty body, and other fields, of any case and spacing.
            ("\(ok)Content-Length: 5\r\n\r\nhello", "hello"),
            ("\(ok)content-length:0\r\n\r\n", ""),
            ("\(ok)Server: x\r\nCONTENT-LENGTH:\t 5 \r\nX-Empty:\r\n\r\nhello", "hello"),
            ("\(ok)Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", "ok"),
            // Chunks, with extensions and a trailer.
            ("\(ok)Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
            (
                "\(ok)transfer-encoding: Chunked\r\n\r\n00A;a=\"b\"\r\n0123456789\r\n1 ;c\r\n!\r\n"
                    + "0\r\nDigest: x\r\nOther: y\r\n\r\n",
                "0123456789!"
            ),
            // Until the connection ends, with a status line of older servers.
            ("HTTP/1.0 200\r\n\r\nhello", "hello"), ("\(ok)\r\n", ""),
            // After an interim answer.
            ("HTTP/1.1 100 Continue\r\n\r\n\(ok)Content-Length: 2\r\n\r\nok", "ok"),
            (
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\(ok)Content-Length: 2\r\n\r\nok", "ok"
            ),
            // As long as it may be.
            (
                "\(ok)Content-Length: 100\r\n\r\n\(String(repeating: "x", count: 100))",
                String(repeating: "x", count: 100)
            ),
        ]
    )
    func `The body is found, in whatever pieces the answer comes`(answer: String, expected: String)
        throws
    {
        for piece in 1...answer.utf8.count {
            #expect(try body(of: answer, piece: piece) == expected)
        }
    }

    @Test(
        arguments: [
            // The status line.
            ("", HTTPError.endedEarly), ("HTTP/1.1 20", .endedEarly),
            ("HTTP/2 200 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 OK\n\n", .malformedStatusLine),
            ("HTTP/1.1 2000\r\n", .malformedStatusLine),
            ("HTTP/1.1 20 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1  200 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 099 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 +20 OK\r\n", .malformedStatusLine), ("\r\n", .malformedStatusLine),
            ("{\"workloads\":[]}\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 O\0K\r\n", .malformedStatusLine),
            ("HTTP/1.1 404 Not Found\r\n", .status(404)), ("HTTP/1.1 204\r\n", .status(204)),
            ("HTTP/1.1 101 Switching\r\n", .status(101)), ("HTTP/1.1 302\r\n", .status(302)),
            // Fields.
            ("\(ok)no colon\r\n", .malformedField), ("\(ok): x\r\n", .malformedField),
            ("\(ok)Name : x\r\n", .malformedField), ("\(ok)A: x\r\n folded\r\n", .malformedField),
            ("\(ok)A: x\n", .malformedField), ("\(ok)A: x\rB\r\n", .malformedField),
            ("\(ok)A: \u{1b}[31m\r\n", .malformedField), ("\(ok)A: x\r\n", .endedEarly),
            (
                "\(ok)A: \(String(repeating: "x", count: 16_400))",
                .headTooLong(limit: HTTPDecoder.headLimit)
            ),
            (
                "\(ok)\(String(repeating: "A: x\r\n", count: 3000))",
                .headTooLong(limit: HTTPDecoder.headLimit)
            ),
            (
                String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000),
                .headTooLong(limit: HTTPDecoder.headLimit)
            ),
            // Lengths.
            ("\(ok)Content-Length: \r\n", .malformedLength),
            ("\(ok)Content-Length: -1\r\n", .malformedLength),
            ("\(ok)Content-Length: +1\r\n", .malformedLength),
            ("\(ok)Content-Length: 0x10\r\n", .malformedLength),
            ("\(ok)Content-Length: 5, 5\r\n", .malformedLength),
            ("\(ok)Content-Length: 99999999999999999999\r\n", .malformedLength),
            ("\(ok)Content-Length: 5\r\nContent-Length: 5\r\n", .malformedLength),
            (
                "\(ok)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .malformedLength
            ),
            ("\(ok)Content-Length: 101\r\n\r\n", .bodyTooLong(limit: limit)),
            ("\(ok)Content-Length: 6\r\n\r\nhello", .endedEarly),
            ("\(ok)Content-Length: 4\r\n\r\nhello", .excessData),
            // Encodings.
            ("\(ok)Content-Encoding: gzip\r\n", .unknownEncoding),
            ("\(ok)Transfer-Encoding: gzip, chunked\r\n", .unknownEncoding),
            (
                "\(ok)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                .unknownEncoding
            ),
            // Chunks.
            ("\(chunked)\r\n", .malformedChunk), ("\(chunked)g\r\n", .malformedChunk),
            ("\(chunked)-1\r\n", .malformedChunk), ("\(chunked)0x5\r\n", .malformedChunk),
            ("\(chunked)5\nhello", .malformedChunk), ("\(chunked)5\r\nhelloo\r\n", .malformedChunk),
            ("\(chunked)5\r\nhello\r\r", .malformedChunk),
            ("\(chunked)5\r\nhello5\r\n", .malformedChunk),
            ("\(chunked)1;\(String(repeating: "x", count: 2000))", .malformedChunk),
            ("\(chunked)8000000000000000\r\n", .chunkSizeOverflow),
            ("\(chunked)fffffffffffffffff\r\n", .chunkSizeOverflow),
            ("\(chunked)7fffffffffffffff\r\n", .bodyTooLong(limit: limit)),
            ("\(chunked)5\r\nhello\r\n7fffffffffffffff\r\n", .bodyTooLong(limit: limit)),
            ("\(chunked)65\r\n", .bodyTooLong(limit: limit)),
            ("\(chunked)5\r\nhell", .endedEarly), ("\(chunked)5\r\nhello\r\n", .endedEarly),
            ("\(chunked)5\r\nhello\r\n0\r\n", .endedEarly),
            ("\(chunked)0\r\nno colon\r\n", .malformedField),
            ("\(chunked)0\r\n\r\nmore", .excessData),
            (
                "\(chunked)0\r\nA: \(String(repeating: "x", count: 20_000))",
                .headTooLong(limit: HTTPDecoder.headLimit)
            ),
            // Until the connection ends.
            ("\(ok)\r\n\(String(repeating: "x", count: 101))", .bodyTooLong(limit: limit)),
        ] as [(String, HTTPError)]
    )
    func `What no server should send is refused by name, in whatever pieces it comes`(
        answer: String,
        expected: HTTPError
    ) {
        for piece in [1, 2, 7, 1000, 100_000] {
            #expect(throws: expected) { try body(of: answer, piece: piece) }
        }
    }

    private static let chunked = "\(ok)Transfer-Encoding: chunked\r\n\r\n"
}
