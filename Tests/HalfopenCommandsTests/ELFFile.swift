import Foundation

/// A program or object file of a 64-bit little-endian machine, elf(5), as far as its hardening shows.
///
/// Tests run where binutils are not installed.
struct ELFFile {
    /// `PT_…` of elf(5).
    enum SegmentType: UInt32 {
        case load = 1
        case dynamic = 2
        case stack = 0x6474_e551
        case relro = 0x6474_e552
    }

    /// `DT_…` of elf(5).
    enum Tag: UInt64 {
        case needed = 1
        case stringTable = 5
        case runSearchPath = 15
        case runPath = 29
        case flags = 30
        case flags1 = 0x6fff_fffb
    }

    struct Segment {
        var type: UInt32
        var isWritable: Bool
        var isExecutable: Bool
        var offset: UInt64
        var address: UInt64
        var size: UInt64
    }

    struct NotELF: Error {}

    let bytes: Data
    /// `ET_…`: 1 is an object file, 2 a program at a fixed place, 3 one at any place.
    let type: UInt16
    let segments: [Segment]

    init(_ file: URL) throws {
        bytes = try Data(contentsOf: file, options: .mappedIfSafe)
        guard bytes.prefix(6).elementsEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { throw NotELF() }
        type = bytes.number(at: 16)
        let (start, size): (UInt64, UInt16) = (bytes.number(at: 32), bytes.number(at: 54))
        let count: UInt16 = bytes.number(at: 56)
        segments = (0..<UInt64(count)).map { [bytes] index in
            let place = start + index * UInt64(size)
            let flags: UInt32 = bytes.number(at: place + 4)
            return Segment(
                type: bytes.number(at: place),
                isWritable: flags & 2 != 0,
                isExecutable: flags & 1 != 0,
                offset: bytes.number(at: place + 8),
                address: bytes.number(at: place + 16),
                size: bytes.number(at: place + 32)
            )
        }
    }

    func segments(_ type: SegmentType) -> [Segment] { segments.filter { $0.type == type.rawValue } }

    /// The values of a tag for the loader, in their order.
    func values(_ tag: Tag) -> [UInt64] {
        guard let table = segments(.dynamic).first else { return [] }
        return stride(from: table.offset, to: table.offset + table.size, by: 16)
            .filter { bytes.number(at: $0) == tag.rawValue }
            .map { bytes.number(at: $0 + 8) }
    }

    /// The texts of a tag for the loader.
    func texts(_ tag: Tag) -> [String] {
        guard let table = values(.stringTable).first else { return [] }
        return values(tag).compactMap { offset(ofAddress: table + $0).map(text) }
    }

    /// The names of the symbols that something else has to provide.
    var imports: Set<String> {
        let (start, size): (UInt64, UInt16) = (bytes.number(at: 40), bytes.number(at: 58))
        let count: UInt16 = bytes.number(at: 60)
        var names: Set<String> = []
        for index in 0..<UInt64(count) {
            let section = start + index * UInt64(size)
            let kind: UInt32 = bytes.number(at: section + 4)
            // SHT_SYMTAB of an object file, SHT_DYNSYM of a program, which may have the other, too.
            guard kind == (type == 1 ? 2 : 11) else { continue }
            let (offset, length): (UInt64, UInt64) = (
                bytes.number(at: section + 24), bytes.number(at: section + 32)
            )
            let link: UInt32 = bytes.number(at: section + 40)
            let strings: UInt64 = bytes.number(at: start + UInt64(link) * UInt64(size) + 24)
            for symbol in stride(from: offset, to: offset + length, by: 24) {
                let (name, definedIn): (UInt32, UInt16) = (
                    bytes.number(at: symbol), bytes.number(at: symbol + 6)
                )
                if definedIn == 0 { names.insert(text(at: strings + UInt64(name))) }
            }
        }
        return names
    }

    private func offset(ofAddress address: UInt64) -> UInt64? {
        segments(.load).first { $0.address <= address && address < $0.address + $0.size }
            .map { address - $0.address + $0.offset }
    }

    private func text(at offset: UInt64) -> String {
        String(decoding: bytes[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension Data {
    /// The number at an offset, little-endian.
    fileprivate func number<Number: FixedWidthInteger>(at offset: some BinaryInteger) -> Number {
        self[Int(offset)..<Int(offset) + MemoryLayout<Number>.size].reversed()
            .reduce(Number.zero) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
