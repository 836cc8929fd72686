// Package rules narrows what a sandbox's scope lets it reach, by lists of names, networks and ports.
package rules

import (
	"fmt"
	"slices"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/policy"
)

// MaxRules bounds the rules of one sandbox.
const MaxRules = 1024

// Set is one sandbox's rules. A rule that denies wins; with one that allows, what none allows is denied.
type Set struct {
	allow, deny []rule
}

// Read makes a set; nil when there are no rules.
func Read(list []*networkv1.Rule) (*Set, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > MaxRules {
		return nil, fmt.Errorf("%d rules", len(list))
	}
	set := &Set{}
	for _, each := range list {
		one, err := read(each)
		if err != nil {
			return nil, err
		}
		if each.GetDeny() {
			set.deny = append(set.deny, one)
			continue
		}
		if one.domain != "" && one.protocol == "" {
			// Of UDP the name that is asked for cannot be seen.
			one.protocol = policy.TCP
		}
		set.allow = append(set.allow, one)
	}
	return set, nil
}

// Decide is about what the scope allows, outside the sandbox's groups.
func (s *Set) Decide(to policy.Destination) policy.Decision {
	if to.Protocol == policy.DNS {
		return s.decideName(to)
	}
	return s.decide(to, to.Names)
}

// Confirm decides about a connection that was allowed, once it has said which name it is for: one by
// which this sandbox has resolved the address, and that the rules allow.
func (s *Set) Confirm(to policy.Destination, name string) policy.Decision {
	var asked []string
	if slices.Contains(to.Names, name) {
		asked = []string{name}
	}
	decision := s.decide(to, asked)
	if denied, ok := matchDomain(s.deny, to, []string{name}); ok {
		decision = refused(denied)
	}
	if !decision.Allow && decision.Reason == notListed {
		decision.Reason = "asks for " + shown(name)
	}
	return decision
}

// ByName tells whether the connection was allowed, or can be denied, because of a name: then what it
// asks for has to be looked at.
func (s *Set) ByName(to policy.Destination) bool {
	if to.Protocol != policy.TCP {
		return false
	}
	for _, each := range s.deny {
		if each.domain != "" && each.covers(to) {
			return true
		}
	}
	_, byAddress := matchNetwork(s.allow, to)
	return len(s.allow) > 0 && !byAddress
}

const notListed = "not in the list"

func (s *Set) decide(to policy.Destination, names []string) policy.Decision {
	if denied, ok := match(s.deny, to, names); ok {
		return refused(denied)
	}
	if len(s.allow) == 0 {
		return policy.Decision{Allow: true, Rule: "deny"}
	}
	if allowed, ok := match(s.allow, to, names); ok {
		return policy.Decision{Allow: true, Rule: "allow " + allowed.text}
	}
	return policy.Decision{Rule: "allow", Reason: notListed}
}

// decideName keeps names from being resolved that lead nowhere: a question is a message to whoever
// serves the name.
func (s *Set) decideName(to policy.Destination) policy.Decision {
	for _, each := range s.deny {
		everything := each.first == 0 && each.protocol == ""
		if everything && (each.names(to.Name) || each.domain == "" && each.network.Contains(policy.Plain(to.Address))) {
			return refused(each)
		}
	}
	if len(s.allow) == 0 {
		return policy.Decision{Allow: true, Rule: "deny"}
	}
	for _, each := range s.allow {
		if each.names(to.Name) {
			return policy.Decision{Allow: true, Rule: "allow " + each.text}
		}
	}
	return policy.Decision{Rule: "allow", Reason: notListed}
}

func refused(by rule) policy.Decision {
	return policy.Decision{Rule: "deny " + by.text, Reason: "denied"}
}

func shown(name string) string {
	if name == "" {
		return "no name"
	}
	return name
}
