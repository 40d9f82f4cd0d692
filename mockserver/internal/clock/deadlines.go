package clock

// Deadlines is a heap of items by the time at which each is to go on, the earliest
// first. Four children a node: fewer levels, and siblings share a cache line.
type Deadlines[T Placed] []Deadline[T]

// Deadline is an item and when it is to go on.
type Deadline[T Placed] struct {
	At   int64
	Item T
}

// Placed is told its place in the heap, to be taken out of it again; -1 is none.
type Placed interface{ Moved(place int32) }

// NoDeadline is later than every time.
const NoDeadline = int64(1<<63 - 1)

// First is the earliest time, or NoDeadline.
func (d Deadlines[T]) First() int64 {
	if len(d) == 0 {
		return NoDeadline
	}
	return d[0].At
}

// Push adds an item.
func (d *Deadlines[T]) Push(at int64, item T) {
	*d = append(*d, Deadline[T]{})
	d.up(len(*d)-1, Deadline[T]{at, item})
}

// Remove takes out what is at a place.
func (d *Deadlines[T]) Remove(place int32) {
	i := int(place)
	last := len(*d) - 1
	(*d)[i].Item.Moved(-1)
	moved := (*d)[last]
	(*d)[last] = Deadline[T]{}
	*d = (*d)[:last]
	switch {
	case i == last:
	case i > 0 && moved.At < (*d)[(i-1)/4].At:
		d.up(i, moved)
	default:
		d.down(i, moved)
	}
}

func (d Deadlines[T]) put(i int, v Deadline[T]) {
	d[i] = v
	v.Item.Moved(int32(i))
}

// up puts v at i, or at the place of the first ancestor that is later.
func (d Deadlines[T]) up(i int, v Deadline[T]) {
	for i > 0 {
		parent := (i - 1) / 4
		if d[parent].At <= v.At {
			break
		}
		d.put(i, d[parent])
		i = parent
	}
	d.put(i, v)
}

// down puts v at i, or below the descendants that are earlier.
func (d Deadlines[T]) down(i int, v Deadline[T]) {
	for {
		least := 4*i + 1
		if least >= len(d) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(d)); c++ {
			if d[c].At < d[least].At {
				least = c
			}
		}
		if d[least].At >= v.At {
			break
		}
		d.put(i, d[least])
		i = least
	}
	d.put(i, v)
}
