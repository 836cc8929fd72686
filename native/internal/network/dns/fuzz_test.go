package dns

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nobody is a guest that knows no names and may ask for none.
type nobody struct{}

func (nobody) Local(string) ([]netip.Addr, bool)         { return nil, false }
func (nobody) MayAsk(string) bool                        { return false }
func (nobody) MayLearn(string, netip.Addr) bool          { return false }
func (nobody) Learned(string, netip.Addr, time.Duration) {}

// somewhere is a host that stays where it is.
type somewhere struct{}

func (somewhere) IPv6() bool    { return true }
func (somewhere) Moves() uint64 { return 0 }

func asked(f *testing.F) (dnsmessage.Question, []byte) {
	f.Helper()
	question := dnsmessage.Question{
		Name: dnsmessage.MustNewName("Example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
	}
	query, err := ask(7, question)
	if err != nil {
		f.Fatal(err)
	}
	return question, query
}

// Whatever a guest asks: no answer at all, or one to its question that fits.
func FuzzQuery(f *testing.F) {
	_, query := asked(f)
	f.Add(query, 0)
	f.Add(query[:len(query)-1], 64<<10)
	f.Add([]byte{}, 0)
	resolver := New(NewUpstream(ServersOf("/dev/null")), somewhere{})
	f.Fuzz(func(t *testing.T, query []byte, size int) {
		if size < 0 || size > 0 && size < leastSize {
			return
		}
		answer := resolver.Answer(t.Context(), nobody{}, query, size)
		if answer == nil {
			return
		}
		most := mostSize
		if size > 0 {
			most = size
		}
		var message dnsmessage.Message
		if err := message.Unpack(answer); err != nil || !message.Response || len(message.Questions) != 1 || len(answer) > most {
			t.Errorf("%d bytes, %v: %+v", len(answer), err, message)
		}
	})
}

// Whatever a name server answers: nothing, or an answer to the question with its number, which can be
// written for a guest.
func FuzzResponse(f *testing.F) {
	question, query := asked(f)
	header := dnsmessage.Header{ID: 7}
	found := local(question, []netip.Addr{netip.MustParseAddr("93.184.216.34")})
	f.Add(write(header, question, found, mostSize))
	f.Add(write(header, question, result{code: dnsmessage.RCodeNameError}, mostSize))
	f.Add(query)
	f.Fuzz(func(t *testing.T, response []byte) {
		found, _, ok := readAnswer(7, question, response)
		if !ok {
			return
		}
		if response[0] != 0 || response[1] != 7 {
			t.Errorf("taken as the answer to 7: % x", response)
		}
		if packed := write(header, question, found, mostSize); len(packed) > mostSize {
			t.Errorf("%d bytes for the guest", len(packed))
		}
	})
}
