package doctor

// Limits are what the system allows. 0 is not known.
type Limits struct {
	Files int     `json:"files"` // that a process may have open
	Ports int     `json:"ports"` // that are free for outgoing connections
	Quota float64 `json:"quota"` // CPUs that the control group may use on average; 0 is no quota

	QuotaPeriods     int64 `json:"quota_periods"`     // of the quota, in which the examination used any CPU
	ThrottledPeriods int64 `json:"throttled_periods"` // of those, in which the quota stopped it
}
