import CLinux
import Testing

@testable import SockDiag

@Suite struct DumpRequestTests {
    @Test func `One request asks for both families`() {
        #expect(DumpRequest.everyFamily.messageType == 18)
        #expect(
            DumpRequest.everyFamily.payload(remotePort: 15008)
                == bytes(
                    [0],  // idiag_family: every
                    [0],  // idiag_src_len
                    [0],  // idiag_dst_len
                    [0x02],  // idiag_ext: INET_DIAG_INFO
                    zeros(2),  // id.idiag_sport: any
                    [0x3a, 0xa0],  // id.idiag_dport: 15008, big-endian
                    zeros(16),  // id.idiag_src: any
                    zeros(16),  // id.idiag_dst: any
                    zeros(4),  // id.idiag_if: any
                    zeros(8),  // id.idiag_cookie
                    [0x02, 0, 0, 0],  // idiag_states: ESTABLISHED
                    zeros(4)  // idiag_dbs
                )
        )
    }

    @Test(arguments: [(DumpRequest.ipv4, UInt8(2)), (.ipv6, 10)])
    func `A request can ask for one family`(request: DumpRequest, family: UInt8) {
        #expect(request.messageType == 20)
        #expect(
            request.payload(remotePort: 15008)
                == bytes(
                    [family],  // sdiag_family
                    [6],  // sdiag_protocol: TCP
                    [0x02],  // idiag_ext: INET_DIAG_INFO
                    [0],  // pad
                    [0x02, 0, 0, 0],  // idiag_states: ESTABLISHED
                    zeros(2),  // id.idiag_sport: any
                    [0x3a, 0xa0],  // id.idiag_dport: 15008, big-endian
                    zeros(16),  // id.idiag_src: any
                    zeros(16),  // id.idiag_dst: any
                    zeros(4),  // id.idiag_if: any
                    zeros(8)  // id.idiag_cookie
                )
        )
    }

    @Test func `The headers' structures have the kernel's layout`() {
        #expect(MemoryLayout<inet_diag_req>.size == 60)
        #expect(MemoryLayout<inet_diag_req>.offset(of: \.id) == 4)
        #expect(MemoryLayout<inet_diag_req>.offset(of: \.idiag_states) == 52)
        #expect(MemoryLayout<inet_diag_req_v2>.size == 56)
        #expect(MemoryLayout<inet_diag_req_v2>.offset(of: \.idiag_states) == 4)
        #expect(MemoryLayout<inet_diag_req_v2>.offset(of: \.id) == 8)
        #expect(MemoryLayout<inet_diag_sockid>.offset(of: \.idiag_dport) == 2)
        #expect(MemoryLayout<inet_diag_sockid>.offset(of: \.idiag_if) == 36)
        #expect(MemoryLayout<inet_diag_sockid>.offset(of: \.idiag_cookie) == 40)
        #expect(MemoryLayout<inet_diag_msg>.size == 72)
        #expect(MemoryLayout<inet_diag_msg>.offset(of: \.id) == 4)
        #expect(MemoryLayout<inet_diag_msg>.offset(of: \.idiag_expires) == 52)
        #expect(MemoryLayout<inet_diag_msg>.offset(of: \.idiag_rqueue) == 56)
        #expect(MemoryLayout<inet_diag_msg>.offset(of: \.idiag_uid) == 64)
        #expect(MemoryLayout<inet_diag_msg>.offset(of: \.idiag_inode) == 68)
        #expect(MemoryLayout<nlattr>.size == 4)
    }

    @Test func `The fields of tcp_info lie where every kernel has them`() {
        #expect(HALFOPEN_TCPI_RETRANSMITS == 2)
        #expect(HALFOPEN_TCPI_PROBES == 3)
        #expect(HALFOPEN_TCPI_BACKOFF == 4)
        #expect(HALFOPEN_TCPI_UNACKED == 24)
        #expect(HALFOPEN_TCPI_LAST_DATA_SENT == 44)
        #expect(HALFOPEN_TCPI_LAST_DATA_RECV == 52)
        #expect(HALFOPEN_TCPI_LAST_ACK_RECV == 56)
        #expect(HALFOPEN_TCPI_RTT == 68)
        #expect(HALFOPEN_TCPI_BYTES_ACKED == 120)
        #expect(HALFOPEN_TCPI_BYTES_RECEIVED == 128)
        #expect(HALFOPEN_TCPI_SEGS_OUT == 136)
        #expect(HALFOPEN_TCPI_NOTSENT_BYTES == 144)
        #expect(HALFOPEN_TCPI_DATA_SEGS_IN == 152)
        #expect(HALFOPEN_TCPI_DATA_SEGS_OUT == 156)
        #expect(HALFOPEN_TCPI_BYTES_SENT == 200)
    }
}
