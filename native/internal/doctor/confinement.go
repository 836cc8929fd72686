package doctor

// Confinement is what the host offers to shut a VMM in.
type Confinement struct {
	UserNamespaces Access `json:"userNamespaces"`
	Landlock       Access `json:"landlock"`
	LandlockABI    int    `json:"landlockAbi"`
	// Cgroup is that of this process; its Name is its path.
	Cgroup      Access   `json:"cgroup"`
	Controllers []string `json:"controllers"` // that children of the cgroup may use
}
