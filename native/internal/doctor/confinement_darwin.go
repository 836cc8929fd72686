package doctor

// macOS has none of them; its sandbox needs nothing to be set up.
func confinement() Confinement {
	absent := func(name string) Access { return Access{Name: name, State: Absent, Reason: "not on macOS"} }
	return Confinement{UserNamespaces: absent("user namespaces"), Landlock: absent("Landlock"), Cgroup: absent("cgroup")}
}
