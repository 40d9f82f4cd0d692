package doctor

// Limits are the limits of the system. 0 means unknown.
type Limits struct {
	Files int     `json:"files"` // maximum open files of a process
	Ports int     `json:"ports"` // free ports for outgoing connections
	Quota float64 `json:"quota"` // CPUs that the control group may use on average; 0 means no quota

	QuotaPeriods     int64 `json:"quota_periods"`     // quota periods in which the examination used any CPU
	ThrottledPeriods int64 `json:"throttled_periods"` // those of them in which the quota stopped it
}
