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
}
