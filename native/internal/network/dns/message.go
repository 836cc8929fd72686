package dns

import (
	"errors"

	"golang.org/x/net/dns/dnsmessage"
)

// readQuery takes a query with one question, and how large an answer over UDP may be.
func readQuery(query []byte) (header dnsmessage.Header, question dnsmessage.Question, size int, ok bool) {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil || header.Response || header.OpCode != 0 {
		return header, question, 0, false
	}
	if question, err = parser.Question(); err != nil {
		return header, question, 0, false
	}
	if _, err := parser.Question(); !errors.Is(err, dnsmessage.ErrSectionDone) {
		return header, question, 0, false
	}
	size = leastSize
	if parser.SkipAllAnswers() != nil || parser.SkipAllAuthorities() != nil {
		return header, question, size, true
	}
	for {
		extra, err := parser.AdditionalHeader()
		if err != nil {
			return header, question, size, true
		}
		if extra.Type == dnsmessage.TypeOPT {
			size = min(max(int(extra.Class), leastSize), mostSize)
		}
		if parser.SkipAdditional() != nil {
			return header, question, size, true
		}
	}
}

// write makes the response. What does not fit is left out and said to be missing.
func write(query dnsmessage.Header, question dnsmessage.Question, found result, size int) []byte {
	header := dnsmessage.Header{
		ID: query.ID, Response: true, RecursionDesired: query.RecursionDesired, RecursionAvailable: true, RCode: found.code,
	}
	message := dnsmessage.Message{
		Header: header, Questions: []dnsmessage.Question{question},
		Answers: found.answers, Authorities: found.authorities,
	}
	packed, err := message.Pack()
	if err != nil {
		message = dnsmessage.Message{Header: header, Questions: message.Questions}
		message.RCode = dnsmessage.RCodeServerFailure
		packed, err = message.Pack()
	} else if len(packed) > size {
		message = dnsmessage.Message{Header: header, Questions: message.Questions}
		message.Truncated = true
		packed, err = message.Pack()
	}
	if err != nil {
		return nil
	}
	return packed
}

// readAnswer takes the response to a question. truncated: there is more of it over TCP.
func readAnswer(id uint16, question dnsmessage.Question, response []byte) (found result, truncated, ok bool) {
	var message dnsmessage.Message
	if err := message.Unpack(response); err != nil {
		return readHead(id, question, response)
	}
	if !message.Response || message.ID != id || len(message.Questions) != 1 || !same(message.Questions[0], question) {
		return found, false, false
	}
	found = result{code: message.RCode, answers: message.Answers}
	for _, resource := range message.Authorities {
		// How long a "no" is good for.
		if resource.Header.Type == dnsmessage.TypeSOA {
			found.authorities = append(found.authorities, resource)
		}
	}
	return found, message.Truncated, true
}

// readHead takes what is certain of a response that was cut off in the middle of a record.
func readHead(id uint16, question dnsmessage.Question, response []byte) (found result, truncated, ok bool) {
	var parser dnsmessage.Parser
	header, err := parser.Start(response)
	if err != nil || !header.Response || header.ID != id || !header.Truncated {
		return found, false, false
	}
	asked, err := parser.Question()
	return found, true, err == nil && same(asked, question)
}

func same(a, b dnsmessage.Question) bool {
	return a.Type == b.Type && a.Class == b.Class && plainName(a.Name) == plainName(b.Name)
}

// ask makes a query.
func ask(id uint16, question dnsmessage.Question) ([]byte, error) {
	builder := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	builder.EnableCompression()
	if err := builder.StartQuestions(); err != nil {
		return nil, err
	}
	if err := builder.Question(question); err != nil {
		return nil, err
	}
	if err := builder.StartAdditionals(); err != nil {
		return nil, err
	}
	var extra dnsmessage.ResourceHeader
	if err := extra.SetEDNS0(upstreamSize, dnsmessage.RCodeSuccess, false); err != nil {
		return nil, err
	}
	if err := builder.OPTResource(extra, dnsmessage.OPTResource{}); err != nil {
		return nil, err
	}
	return builder.Finish()
}
