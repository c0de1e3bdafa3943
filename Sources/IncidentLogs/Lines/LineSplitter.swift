import Glibc
import Model

/// Cuts a stream that comes in chunks into lines, in constant memory.
///
/// Lines lie in the chunk; only one that is split between two chunks is copied.
struct LineSplitter {
    /// Longer than any line of a log that is read; the rest of a longer one is dropped.
    static let longest = 1 << 20

    /// The number of the line that was handed over last, counted from 1.
    private(set) var number = 0
    /// How many lines were longer than ``longest``, and so were dropped.
    private(set) var overlong = 0
    /// Whether what was fed so far ends without a line feed.
    var isWithinLine: Bool { isOverlong || !carried.isEmpty }
    private var carried: [UInt8] = []
    private var isOverlong = false

    /// Calls `body` with each line that ends in the chunk, without its line feed, and its number.
    mutating func feed(_ chunk: Span<UInt8>, _ body: (Span<UInt8>, Int) -> Void) {
        var rest = chunk
        if isWithinLine {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return carry(rest) }
            carry(rest.extracting(first: end))
            finish(body)
            rest = rest.extracting(droppingFirst: end + 1)
        }
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            body(rest.extracting(first: end), number)
            rest = rest.extracting(droppingFirst: end + 1)
        }
        if !rest.isEmpty { carry(rest) }
    }

    /// Hands over the last line, if it has no line feed.
    mutating func finish(_ body: (Span<UInt8>, Int) -> Void) {
        guard isWithinLine else { return }
        number += 1
        if isOverlong { overlong += 1 } else { body(carried.span, number) }
        carried.removeAll(keepingCapacity: true)
        isOverlong = false
    }

    private mutating func carry(_ part: Span<UInt8>) {
        if carried.count + part.count > Self.longest {
            isOverlong = true
            carried.removeAll(keepingCapacity: true)
        }
        if !isOverlong { carried.append(part) }
    }
}

extension [UInt8] {
    /// Appends the bytes of a span.
    mutating func append(_ bytes: Span<UInt8>) {
        // The bytes are copied while the span lives.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension Span<UInt8> {
    /// The index of the first such byte.
    ///
    /// The corresponding C function is `memchr`.
    func firstIndex(of byte: UInt8) -> Int? {
        // memchr(3) reads at most the span's bytes, and answers with a pointer into them.
        unsafe withUnsafeBytes { bytes in
            guard
                let base = bytes.baseAddress,
                let found = unsafe memchr(base, Int32(byte), bytes.count)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// The same from an index on.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        extracting(droppingFirst: start).firstIndex(of: byte).map { $0 + start }
    }

    /// The index at which a text begins first.
    func firstIndex(of text: StaticString) -> Int? {
        // A text of no bytes is nowhere looked for.
        let byte = unsafe text.utf8Start.pointee
        var start = 0
        while start < count, let index = firstIndex(of: byte, from: start) {
            if extracting(droppingFirst: index).hasPrefix(text) { return index }
            start = index + 1
        }
        return nil
    }

    /// The bytes as a string.
    var string: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The number that the bytes are in decimal digits; `nil` if they are anything else.
    var decimal: Int? {
        guard (1...18).contains(count) else { return nil }
        var value = 0
        for index in indices {
            let digit = self[index] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
