import Testing

@testable import Model

/// Names that are kept once.
struct StringInternerTests {
    @Test func `A name has one number however often it comes`() {
        var pool = StringInterner()
        let names = (0..<2000).map { "node-\($0)" } + ["", "é", "node"]
        let numbers = names.map { pool.number(of: $0.utf8Span.span) }
        #expect(Set(numbers).count == names.count)
        #expect(names.map { pool.number(of: $0.utf8Span.span) } == numbers)
        #expect(numbers.map(pool.name) == names)
    }

    @Test(arguments: 0...33)
    func `Names of any length are told apart by each of their bytes`(length: Int) {
        var pool = StringInterner()
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: length)
        let others = name.indices.map { index in
            var other = name
            other[index] = UInt8(ascii: "b")
            return other
        }
        let numbers = ([name] + others).map { pool.number(of: $0.span) }
        #expect(Set(numbers).count == numbers.count)
        // Whatever number is expected, right or wrong, the name has its own.
        for expected in numbers {
            #expect(pool.number(of: name.span, expecting: expected) == numbers[0])
        }
    }
}
