"""What one space is like: its spectrum, its cosines, its neighbourhoods, each number beside what data without structure gives."""
