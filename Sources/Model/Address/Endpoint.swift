/// An address and a TCP port.
@usableFromInline package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address, normalised.
    @usableFromInline package let address: IPAddress
    /// The port in host byte order.
    @usableFromInline package let port: UInt16

    /// The endpoint of an address and a port in host byte order.
    @usableFromInline package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `10.244.1.7:15008`, `[fd00::7]:15008`.
    @usableFromInline package var description: String {
        address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
