package doctor

// Limits are what the system allows. 0 is not known.
type Limits struct {
	Files int     `json:"files"` // that a process may have open
	Ports int     `json:"ports"` // that are free for outgoing connections
	Quota float64 `json:"quota"` // CPUs that the control group may use; 0 is no quota
}
