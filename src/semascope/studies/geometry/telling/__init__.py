"""What the numbers of a geometry say, in words."""
