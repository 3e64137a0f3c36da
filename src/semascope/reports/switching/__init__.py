"""The page of "may I switch?"."""
